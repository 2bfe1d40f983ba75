import type { Instant } from "../time.ts";
import { parseInstant } from "./instant-text.ts";

const clock = String.raw`(\d{2}):(\d{2}):(\d{2})`;
// "Sun, 06 Nov 1994 08:49:37 GMT" and "Sunday, 06-Nov-94 08:49:37 GMT"
const dayFirst = new RegExp(
  String.raw`^(?:[a-z]{3,9}, ?)?(\d{1,2})[ -]([a-z]{3})[ -](\d{4}|\d{2}) ${clock} (?:GMT|UTC|Z|[+-]0000)$`,
  "i",
);
// "Sun Nov  6 08:49:37 1994"
const monthFirst = new RegExp(
  String.raw`^(?:[a-z]{3,9},? )?([a-z]{3}) {1,2}(\d{1,2}) ${clock} (?:(?:GMT|UTC) )?(\d{4})$`,
  "i",
);
const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Reads the date of an HTTP header in any of its three forms (RFC 9110 §5.6.7); undefined when it is none. */
export function parseHttpDate(text: string): Instant | undefined {
  const trimmed = text.trim();
  const usual = dayFirst.exec(trimmed);
  if (usual !== null) {
    const [, day = "", month = "", year = "", ...time] = usual;
    return dateOf([year, month, day], time);
  }
  const [, month = "", day = "", hour = "", minute = "", second = "", year = ""] =
    monthFirst.exec(trimmed) ?? [];
  return year === "" ? undefined : dateOf([year, month, day], [hour, minute, second]);
}

function dateOf(
  [year, month, day]: readonly [string, string, string],
  [hour, minute, second]: readonly string[],
): Instant | undefined {
  const number = months.indexOf(month.toLowerCase()) + 1;
  // A leap second is the last one of its minute.
  const seconds = second === "60" ? "59" : second;
  const date = `${fullYear(year)}-${String(number).padStart(2, "0")}-${day.padStart(2, "0")}`;
  return parseInstant(`${date}T${hour}:${minute}:${seconds}Z`);
}

// Nobody spoke HTTP before 1970.
function fullYear(year: string): string {
  if (year.length === 4) return year;
  return Number(year) < 70 ? `20${year}` : `19${year}`;
}
