/** The members of a JSON object of somebody else's; nothing is known of their types. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is one: no list, no text, not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
