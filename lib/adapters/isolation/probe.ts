import { ConfigError } from "../../errors.ts";
import type { TierProbe } from "../../ports/spawner.ts";
import type { HostSettings } from "./host/host-settings.ts";
import { hostSide } from "./host/host-side.ts";
import { makeNetwork } from "./network/network.ts";
import { SetupFailure } from "./network/setup-process.ts";
import { explainFailure } from "./refusal.ts";
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
export async function probeKernelTier(host: HostSettings): ReturnType<TierProbe["probe"]> {
  try {
    const network = await makeNetwork({
      ...hostSide(host),
      view: findFileView(host, nobody),
      covered: Promise.resolve([]),
      onEmptyTmp: () => {},
      ports: [443],
      local: [],
      onListener: () => {},
      proveInside: undefined,
    });
    network.close();
    return { kind: "works" };
  } catch (error) {
    if (error instanceof SetupFailure) return { kind: "refused", ...explainFailure(error.message) };
    if (!(error instanceof ConfigError)) throw error;
    return { kind: "refused", why: error.message, hint: error.hint ?? "" };
  }
}
