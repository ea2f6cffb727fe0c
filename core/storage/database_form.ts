/** What a database is to be like. */
export interface DatabaseForm {
  /** Name of the file in its folder. */
  readonly file: string;
  /** What is set before anything is read or written: how the file is kept. */
  readonly settings: readonly string[];
  /**
   * What brings a file of each age to the newest: the SQL at place n makes version n + 1 of version
   * n. Forward only; append only: what was released is never changed.
   */
  readonly migrations: readonly string[];
  /** Whether all of it is looked through when it is opened: for files of some megabytes. */
  readonly checked: boolean;
  /**
   * Name of a file in the folder whose lock keeps other processes out, so that other threads of this
   * one can read the database while it is written; it also has the note of whose log lies beside the
   * database (`LogNote`). Without it the database's own lock keeps everybody out.
   */
  readonly lockFile?: string;
  /** What names another folder, and what becomes of a file that is damaged, for messages. */
  readonly remedies: { readonly folder: string; readonly damage: string };
}
