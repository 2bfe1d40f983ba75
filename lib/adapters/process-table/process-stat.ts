/** The fields of one line of /proc/PID/stat that we need. */
export interface ProcessStat {
  readonly pid: number;
  /** The first 15 bytes of its program's name. */
  readonly program: string;
  readonly state: string;
  readonly parentPid: number;
  readonly groupId: number;
  /** A thread of the kernel runs no program. */
  readonly isOfKernel?: true;
  /** Clock ticks since boot (proc(5), field 22). */
  readonly startTicks: number;
}

/** PF_KTHREAD among the flags (field 9). */
const kernelThread = 0x00200000;

/** Reads one line of /proc/PID/stat; undefined when it is none. */
export function parseStat(line: string): ProcessStat | undefined {
  // The name stands in parentheses and may itself hold blanks and parentheses: the last one closes it.
  const close = line.lastIndexOf(")");
  const fields = line.slice(close + 2).split(" ");
  const [pid, parentPid, groupId, startTicks] = [
    Number.parseInt(line, 10),
    Number(fields[1]),
    Number(fields[2]),
    Number(fields[19]),
  ];
  const state = fields[0];
  if (close < 0 || state === undefined || ![pid, parentPid, groupId, startTicks].every(Number.isSafeInteger))
    return undefined;
  const program = line.slice(line.indexOf("(") + 1, close);
  const stat = { pid, program, state, parentPid, groupId, startTicks };
  return (Number(fields[6]) & kernelThread) === 0 ? stat : { ...stat, isOfKernel: true };
}

/** Whether its state as the kernel or `ps` writes it says that it was stopped (T), or is held by a debugger (t). */
export function isStoppedState(state: string): boolean {
  return /^[Tt]/.test(state);
}

/** Whether the process still runs: a zombie (Z) or one being removed (X, x) holds nothing any more. */
export function isLive(stat: ProcessStat): boolean {
  return !"ZXx".includes(stat.state);
}
