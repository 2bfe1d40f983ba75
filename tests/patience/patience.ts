// The one place that says how long tests and demo wait for what must come. A limit is reached by what hangs only, so it may be generous;
// what is tested must not depend on it. Each limit is written as a quiet machine's and multiplied by one factor: LAUNCH_TEST_SLOW,
// else what tests/patience/slowness.ts has measured at the start of the run, else the smallest.

/** How many times longer than on a quiet machine everything may take, where nothing was measured. */
export const leastSlowness = 3;

/** A limit in milliseconds, written for a quiet machine, as long as this one needs it. */
export function patient(ms: number): number {
  const slowness = Number(process.env["LAUNCH_TEST_SLOW"]);
  return Math.round(ms * (slowness > 0 ? slowness : leastSlowness));
}

/** The same in whole seconds, for programs that are told a limit in them. */
export function patientSeconds(seconds: number): number {
  return Math.ceil(patient(seconds * 1_000) / 1_000);
}
