/** A time of the day in which a switch disturbs least, in minutes since midnight of this host; it may pass midnight. */
export interface QuietHours {
  readonly from: number;
  readonly to: number;
}

/** Reads "02:00-05:00"; undefined when it is no such time. */
export function parseQuietHours(text: string): QuietHours | undefined {
  const parts = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/.exec(text.trim());
  if (parts === null) return undefined;
  const [, fromHour, fromMinute, toHour, toMinute] = parts.map(Number);
  const from = (fromHour ?? 0) * 60 + (fromMinute ?? 0);
  const to = (toHour ?? 0) * 60 + (toMinute ?? 0);
  return from === to ? undefined : { from, to };
}

/** Whether a minute of the day lies in them. */
export function isQuiet({ from, to }: QuietHours, minute: number): boolean {
  return from <= to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** As the file says them: "02:00-05:00". */
export function writeQuietHours({ from, to }: QuietHours): string {
  return [from, to].map(writeTimeOfDay).join("-");
}

/** Minutes since midnight as "02:00". */
export function writeTimeOfDay(minute: number): string {
  const [hours, minutes] = [Math.floor(minute / 60), minute % 60].map((part) =>
    String(part).padStart(2, "0"),
  );
  return `${hours}:${minutes}`;
}
