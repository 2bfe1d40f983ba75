import { LaunchError } from "../../errors.ts";

/** One thing the doctor looked at; one that failed or is uncertain says what to do. */
export interface Finding {
  /** What was looked at: "key file", "proxy fra-1". */
  readonly subject: string;
  readonly verdict: "ok" | "warning" | "failed" | "skipped";
  readonly message: string;
  /** The command or step that repairs it. */
  readonly fix: string | undefined;
}

/** All is well with the subject. */
export function fine(subject: string, message: string): Finding {
  return { subject, verdict: "ok", message, fix: undefined };
}

/** The subject works, but not as it should. */
export function uncertain(subject: string, message: string, fix: string): Finding {
  return { subject, verdict: "warning", message, fix };
}

/** The subject does not work; the doctor ends with status 1. */
export function failed(subject: string, message: string, fix: string | undefined): Finding {
  return { subject, verdict: "failed", message, fix };
}

/** The subject was not looked at, and why. */
export function skipped(subject: string, message: string): Finding {
  return { subject, verdict: "skipped", message, fix: undefined };
}

/** Turns what a check threw into a finding: our own errors bring their words and hint, any other is named. */
export function findingOf(subject: string, error: unknown): Finding {
  const message = error instanceof Error ? error.message : String(error);
  return failed(subject, message, error instanceof LaunchError ? error.hint : undefined);
}
