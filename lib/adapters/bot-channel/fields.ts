/** Whether it is a text. */
export function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** Whether it is a text that is neither empty nor longer than `most` characters. */
export function isShortText(value: unknown, most: number): value is string {
  return isText(value) && value !== "" && value.length <= most;
}

/** Whether it is a whole number from 0 to `most`. */
export function isCount(value: unknown, most: number = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

/** Whether it is a duration, in milliseconds. */
export function isDuration(value: unknown): value is number {
  return Number.isFinite(value) && (value as number) >= 0;
}
