/*
 * Linux numbers processes one after the other and begins again at the end, so whoever knows the number given out last knows which
 * processes have begun since, without looking at any of the others. That holds only as long as the numbers have not gone round in
 * between, and nobody has set them back (a checkpoint that is restored); the count of all forks tells both.
 */

/** Which pid was given out last, before and after the forks of the host were counted. */
export interface PidMoment {
  readonly before: number;
  readonly forks: number;
  readonly after: number;
  /** All pids are smaller. */
  readonly end: number;
}

/** Forks that were under way at the first moment are counted later than their pid was given out. */
const mostUnderWay = 16;

/** Tells which pids may have been given out between the two moments; undefined where that could be any. */
export function pidsBetween(from: PidMoment, to: PidMoment): ((pid: number) => boolean) | undefined {
  const made = to.forks - from.forks;
  const turned = (to.after - from.before + to.end) % to.end;
  const isOneTurn =
    from.end === to.end && made >= 0 && Math.max(made, turned) < to.end / 4 && turned + mostUnderWay >= made;
  if (!isOneTurn) return undefined;
  return to.after >= from.before
    ? (pid) => pid > from.before && pid <= to.after
    : (pid) => pid > from.before || pid <= to.after;
}
