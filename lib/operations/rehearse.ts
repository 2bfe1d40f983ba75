import type { Operator } from "./operator.ts";

/** Does the work and takes all of it back: it gives what doing it would give, and throws what it would throw. */
export async function rehearse<T>(operator: Operator, work: (operator: Operator) => Promise<T>): Promise<T> {
  const over = new TakenBack<T>();
  try {
    return await operator.store.transaction(async (store): Promise<T> => {
      over.result = { value: await work({ ...operator, store }) };
      throw over;
    });
  } catch (error) {
    if (error === over && over.result !== undefined) return over.result.value;
    throw error;
  }
}

// Rejecting is what rolls a transaction back.
class TakenBack<T> extends Error {
  result: { readonly value: T } | undefined;
}
