/** How long from a minute of the day until the next time that another one begins, in minutes: 1 to 1440. */
export function minutesUntil(minute: number, now: number): number {
  const minutes = (((minute - now) % 1440) + 1440) % 1440;
  return minutes === 0 ? 1440 : minutes;
}
