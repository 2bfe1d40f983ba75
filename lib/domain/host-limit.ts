import { LaunchError } from "../errors.ts";

const filesHint = "Raise the limit (`ulimit -n`), or end what holds so many files open, and start it again.";
const portsHint =
  "See what uses the ports with `ss -tan`, or widen net.ipv4.ip_local_port_range, and start it again.";

/** What an error says of a limit that this host or this process has reached, whatever was tried; undefined for every other error. */
export function hostLimit(error: unknown): LaunchError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, port } = error as NodeJS.ErrnoException & { readonly port?: number };
  const of = (what: string, hint: string) =>
    new LaunchError("LAUNCH_HOST_LIMIT", `${what}: ${error.message}.`, { hint, cause: error });
  if (code === "EMFILE") return of("The launcher may open no more files", filesHint);
  if (code === "ENFILE") return of("This host has reached its limit of open files", filesHint);
  // Where any port would have done, a taken one means that none is free.
  const isAnyPort = port === undefined || port === 0;
  if ((code === "EADDRINUSE" || code === "EADDRNOTAVAIL") && isAnyPort)
    return of("This host has no free port left", portsHint);
  return undefined;
}

/** Whether an error says that a program could not be started: for its own sake, or because the host has no room. */
export function wasNotStarted(error: unknown): error is LaunchError {
  return error instanceof LaunchError && ["LAUNCH_SPAWN_FAILED", "LAUNCH_HOST_LIMIT"].includes(error.code);
}
