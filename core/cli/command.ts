import type { Capability } from "../collector/capability.ts";
import type { Clock } from "../flow/clock.ts";

/** What commands are given of the outside: handed down from main.ts. */
export interface House {
  /** The protocols that flow-agent brings along, loaded by whoever needs them. */
  readonly builtIn: () => Promise<readonly Capability[]>;
  /** Entry module of collector workers. */
  readonly collectorWorker: URL;
  readonly clock: Clock;
}

/** One option of a command. */
export interface Option {
  readonly type: "string" | "boolean";
  readonly multiple?: boolean;
  /** What the value is called in help; none for flags. */
  readonly value?: string;
  readonly description: string;
}

/** Wrong usage: exit status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A failure that the message explains, remedy included: exit status 1. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
}

/** One command of the program. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** What stands behind the options, such as "FILE…"; none when it takes nothing. */
  readonly positionals?: string;
  readonly options: Readonly<Record<string, Option>>;
  /** @returns exit status */
  run(args: CommandArgs, house: House): Promise<number>;
}

/** The options and positionals that a command was given, checked on reading. */
export class CommandArgs {
  readonly positionals: readonly string[];
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>, positionals: readonly string[]) {
    this.#values = values;
    this.positionals = positionals;
  }

  text(name: string): string | undefined {
    return this.#values[name] as string | undefined;
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }

  list(name: string): readonly string[] {
    return (this.#values[name] ?? []) as string[];
  }

  /**
   * A number within a range.
   *
   * @throws {UsageError} when it is not one
   */
  number(name: string, { min, max }: { min: number; max: number }): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (text.trim() !== "" && value >= min && value <= max) return value;
    throw new UsageError(`--${name} is "${text}"; give a number from ${min} to ${max}`);
  }

  /**
   * One of some words.
   *
   * @throws {UsageError} when it is none of them
   */
  oneOf<T extends string>(name: string, words: readonly T[]): T | undefined {
    const text = this.text(name);
    if (text === undefined || words.includes(text as T)) return text as T | undefined;
    throw new UsageError(`--${name} is "${text}"; give one of ${words.join(", ")}`);
  }
}
