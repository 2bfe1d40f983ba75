/** How much of each log is kept, and for how long (`logs` of launch.yaml). */
export interface LogLimits {
  /** A file that has grown past this is put aside. */
  readonly maxBytes: number;
  /** A file whose first line is older is put aside. */
  readonly maxAgeMs: number;
  /** Files put aside go when nothing was written to them for so long. */
  readonly keepMs: number;
  /** All files of one log together; the oldest go first. */
  readonly totalBytes: number;
  /** Whether files put aside are compressed, all but the newest. */
  readonly isCompressed: boolean;
}

const mib = 1024 * 1024;
const dayMs = 86_400_000;

/** What holds where launch.yaml says nothing. */
export const logDefaults: LogLimits = {
  maxBytes: 50 * mib,
  maxAgeMs: dayMs,
  keepMs: 30 * dayMs,
  totalBytes: 300 * mib,
  isCompressed: true,
};
