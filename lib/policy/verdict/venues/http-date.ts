import { parseInstant } from "../../../domain/proxy/instant-text.ts";
import type { Instant } from "../../../domain/time.ts";

const shape =
  /^(?:[a-z]{3,9}, ?)?(\d{1,2})[ -]([a-z]{3})[ -](\d{4}) (\d{2}):(\d{2}):(\d{2}) (?:GMT|UTC|\+0000)$/i;
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Reads the date of an HTTP header ("Sun, 06 Nov 1994 08:49:37 GMT", RFC 9110 §5.6.7); undefined when it is none. */
export function parseHttpDate(text: string): Instant | undefined {
  const match = shape.exec(text.trim());
  if (match === null) return undefined;
  const [, day = "", month = "", year = "", hour = "", minute = "", second = ""] = match;
  const number = months.indexOf(month.toLowerCase()) + 1;
  // A leap second is the last one of its minute.
  const seconds = second === "60" ? "59" : second;
  const date = `${year}-${String(number).padStart(2, "0")}-${day.padStart(2, "0")}`;
  return parseInstant(`${date}T${hour}:${minute}:${seconds}Z`);
}
