import type pg from "pg";

export interface PoolGrowth {
  readonly most: number;
  readonly othersAfterMs: number;
}

/**
 * Borrows from the pool: at once where a connection is free or all are made. Making one takes the server longer than most statements
 * take, so one that is lent is waited for first.
 */
export function borrowerOf(pool: pg.Pool, { most, othersAfterMs }: PoolGrowth): () => Promise<pg.PoolClient> {
  const waiting = new Set<() => void>();
  pool.on("release", () => {
    const [first] = waiting;
    first?.();
  });
  return async () => {
    const isFree = pool.idleCount > pool.waitingCount && waiting.size === 0;
    if (pool.totalCount > 0 && pool.totalCount < most && !isFree) {
      await new Promise<void>((resolve) => {
        const go = (): void => {
          clearTimeout(clock);
          waiting.delete(go);
          resolve();
        };
        // After a long work of our own the answers that came meanwhile are read first.
        const clock = setTimeout(() => setImmediate(go), othersAfterMs);
        waiting.add(go);
      });
    }
    return await pool.connect();
  };
}
