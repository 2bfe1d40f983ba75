import type { DatabaseMove } from "../../domain/database/database-move.ts";

/** What the database says of its own move (`launch db move`). */
export interface MoveStore {
  read(): Promise<DatabaseMove | undefined>;
  /** Writes it in the place of what was said before; undefined takes that away. */
  write(move: DatabaseMove | undefined): Promise<void>;
  /** Within a transaction: until it ends nobody else changes accounts, proxies or assignments. */
  holdPool(): Promise<void>;
}
