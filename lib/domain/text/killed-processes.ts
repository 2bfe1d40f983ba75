/** A process that had to be killed, by the name of its program. */
export interface KilledProcess {
  readonly pid: number;
  readonly program: string;
}

/** A line stays readable with so many. */
const mostNamed = 10;

/** "4711 sleep, 4712 python3", the first of many. */
export function nameKilled(killed: readonly KilledProcess[]): string {
  const named = killed.slice(0, mostNamed).map(({ pid, program }) => `${pid} ${program}`);
  const more = killed.length > mostNamed ? [`and ${killed.length - mostNamed} more`] : [];
  return [...named, ...more].join(", ");
}
