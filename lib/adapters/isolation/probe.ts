import { ConfigError } from "../../errors.ts";
import type { KernelTry } from "../../ports/spawner.ts";
import type { HostSettings } from "./host/host-settings.ts";
import { hostSide } from "./host/host-side.ts";
import { makeNetwork } from "./network/network.ts";
import { SetupFailure } from "./network/setup-process.ts";
import { explainFailure, isOfItsPorts, refusalOf } from "./refusal.ts";
import { findFileView } from "./view/file-view.ts";

const nobody = {
  runAs: undefined,
  cwd: "/",
  tmp: "own",
  botSocket: undefined,
  localSockets: [],
  profiles: [],
} as const;

/** Tries the whole set-up once, masks, listening and the test from inside included, and lets go of it. */
export function probeKernelTier(host: HostSettings): Promise<KernelTry> {
  return whetherItWorks(async () => {
    const network = await makeNetwork({ ...hostSide(host), ports: [443], local: [] });
    try {
      const parts = { covered: Promise.resolve([]), onEmptyTmp: () => {} };
      await network.furnish(findFileView(host, nobody), parts);
    } finally {
      network.close();
    }
  });
}

/** Whether the tier works here, by what became of a try; a fault of the bot's own ports is thrown, because no other tier mends it. */
export async function whetherItWorks(tried: () => Promise<unknown>): Promise<KernelTry> {
  try {
    await tried();
    return { kind: "works" };
  } catch (error) {
    if (error instanceof SetupFailure) {
      if (isOfItsPorts(error.message)) throw refusalOf(error.message);
      return { kind: "refused", ...explainFailure(error.message) };
    }
    if (!(error instanceof ConfigError) || error.code !== "LAUNCH_TIER_UNAVAILABLE") throw error;
    return { kind: "refused", why: error.message, hint: error.hint ?? "" };
  }
}
