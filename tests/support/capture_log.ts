import type { Logger } from "@logtape/logtape";

/** One line that was logged. */
export interface LoggedLine {
  level: string;
  text: string;
  properties: Record<string, unknown>;
}

/** A logger that keeps what it is told instead of writing it. */
export class CaptureLog {
  readonly lines: LoggedLine[] = [];

  /** The logger to hand to the code under test; its children write to the same lines. */
  get logger(): Logger {
    const at = (level: string) => (text: string, properties: Record<string, unknown> = {}) => {
      this.lines.push({ level, text, properties });
    };
    const logger = {
      debug: at("debug"),
      info: at("info"),
      warn: at("warning"),
      error: at("error"),
      getChild: () => logger,
    };
    return logger as unknown as Logger;
  }

  /** Lines of one level. */
  at(level: string): LoggedLine[] {
    return this.lines.filter((line) => line.level === level);
  }
}
