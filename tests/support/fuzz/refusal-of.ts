/** The error of a declared kind that a reader throws; undefined when it reads. Any other error is thrown on. */
export function refusalOf<T extends Error>(
  declared: new (...args: never[]) => T,
  read: () => unknown,
): T | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof declared) return error;
    throw error;
  }
}
