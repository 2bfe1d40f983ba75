import { ConfigError } from "../../errors.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import { createLinuxProcessTable } from "./linux-process-table.ts";
import { createPsProcessTable } from "./ps-process-table.ts";

/** The process table of this machine; throws ConfigError LAUNCH_PLATFORM_UNSUPPORTED where there is none. */
export function createProcessTable(platform: NodeJS.Platform = process.platform): ProcessTable {
  if (platform === "linux") return createLinuxProcessTable();
  if (platform === "darwin") return createPsProcessTable();
  throw new ConfigError(
    "LAUNCH_PLATFORM_UNSUPPORTED",
    `Slipway runs on Linux and macOS, not on ${platform}.`,
    {
      hint: "Run it on a Linux machine or in a Linux container.",
    },
  );
}
