import type pg from "pg";

/** So long a statement waits for a connection that is lent before another one is made, which takes the server longer than most statements. */
const othersWithinMs = 50;

/** Borrows from the pool, of at most so many: at once where one is free or all are made. */
export function borrowerOf(pool: pg.Pool, most: number): () => Promise<pg.PoolClient> {
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
        const clock = setTimeout(go, othersWithinMs);
        waiting.add(go);
      });
    }
    return await pool.connect();
  };
}
