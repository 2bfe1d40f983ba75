/** The members of a JSON object of somebody else's; nothing is known of their types. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a value is one: no list, no text, not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a JSON text says; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The members of the object that a text is; none where it is something else. */
export function jsonObjectIn(text: string): JsonObject {
  const value = parseJson(text);
  return isJsonObject(value) ? value : {};
}
