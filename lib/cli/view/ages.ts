import { describeDuration } from "../../domain/time.ts";
import type { Style } from "./style.ts";

/** What stands where there is nothing to tell. */
const nothing = "-";

/** A value as a cell. */
export function cell(value: string | number | undefined): string {
  return value === undefined || value === "" ? nothing : String(value);
}

/** A length as a cell: "41 s", "3 h". */
export function lengthCell(ms: number | undefined): string {
  return ms === undefined ? nothing : describeDuration(ms);
}

/** An instant for people: their own time with its offset. */
export function localTime(at: number): string {
  const moment = new Date(at);
  const pad = (value: number) => String(value).padStart(2, "0");
  const day = `${moment.getFullYear()}-${pad(moment.getMonth() + 1)}-${pad(moment.getDate())}`;
  const time = `${pad(moment.getHours())}:${pad(moment.getMinutes())}:${pad(moment.getSeconds())}`;
  const offset = -moment.getTimezoneOffset();
  const sign = offset < 0 ? "-" : "+";
  return `${day} ${time}${sign}${pad(Math.floor(Math.abs(offset) / 60))}:${pad(Math.abs(offset) % 60)}`;
}

/** A verdict word in its colour. */
export function verdictCell(
  verdict: "ok" | "warning" | "unsure" | "failed" | "skipped",
  style: Style,
): string {
  switch (verdict) {
    case "ok":
      return style.good(verdict);
    case "warning":
    case "unsure":
      return style.warn(verdict);
    case "failed":
      return style.bad(verdict);
    case "skipped":
      return style.dim(verdict);
  }
}

/** " (after 2.1 s)". */
export function tookWords(ms: number | undefined): string {
  return ms === undefined ? "" : ` (after ${(ms / 1000).toFixed(1)} s)`;
}
