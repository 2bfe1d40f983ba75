/** An instant for machines: RFC 3339 in UTC with milliseconds; null when there is none. */
export function rfc3339(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
