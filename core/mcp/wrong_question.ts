/**
 * What `_meta` of an error result holds where the question itself is at fault: a filter, a term, a
 * metric or a time that cannot be read. Text tells people; this tells programs, such as the command
 * `query`, whose exit status depends on it.
 */
export const WRONG_QUESTION = "flow-agent/wrong-question";
