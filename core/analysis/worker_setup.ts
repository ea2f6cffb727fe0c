import type { NameData } from "../names/name_data.ts";
import type { QueryBudget } from "../query/engine/run_query.ts";

/** What main hands every query worker before anything else; structured-cloneable. */
export interface WorkerSetup {
  readonly names: NameData;
  /** What one query may cost. */
  readonly budget: QueryBudget;
  /** Folder of history.db, which the worker may read, and who writes; null where none is kept. */
  readonly history: { readonly folder: string; readonly writer?: string } | null;
}
