import type { DirectIp } from "../../../domain/ip.ts";
import type { CollectorRunnerSettings } from "../../../domain/run/run-settings.ts";
import { endAbandonedRuns } from "../../lease/end-abandoned-runs.ts";
import type { RunContext } from "../context.ts";
import { type EffectMap, type Perform, performBy } from "../effect-map.ts";
import { acquireLease } from "../effects/acquire-lease.ts";
import { close } from "../effects/close.ts";
import { databaseWords } from "../effects/ready-line.ts";
import { sharedEffects } from "../effects/shared-effects.ts";
import { startProcess, waitBefore } from "../effects/spawn.ts";
import { tellingOfLeft } from "../tell-outlived.ts";

interface CollectorContext extends RunContext<CollectorRunnerSettings> {
  /** What was said of the address from which it is seen. */
  readonly seen: { isReady: boolean; directIp: DirectIp | undefined };
}

const nothing = { run: () => {} };

const collectorEffects: Partial<EffectMap<CollectorContext>> = {
  ...sharedEffects,
  "acquire-lease": {
    async run(effect, context, signal) {
      const leased = await acquireLease(followDirectIp).run(effect, context, signal);
      const ports = { ...context.ports, spawner: tellingOfLeft(context) };
      context.recorder.write(() => endAbandonedRuns(ports, context.settings));
      return leased;
    },
  },
  wait: waitBefore(({ keeper }) => keeper.prepare(undefined).catch(() => {})),
  spawn: { run: (_effect, context) => startProcess(context, undefined) },
  cut: nothing,
  watch: nothing,
  unwatch: nothing,
  "announce-ready": { run: (_effect, context) => announce(context) },
  finish: { run: ({ ending }, context) => close(context, ending, async () => {}) },
};

/** What carries a collector's effects out. */
export async function openCollector(context: RunContext): Promise<Perform> {
  const seen = { isReady: false, directIp: undefined };
  return performBy(collectorEffects, { ...(context as RunContext<CollectorRunnerSettings>), seen });
}

// A collector is seen from the host's own address; where no witness can be reached that is said.
function announce({ seen, hooks, ports, recorder, say, settings }: CollectorContext): void {
  hooks.onReady();
  seen.isReady = true;
  recorder.record({ kind: "collector.started", severity: "info", message: "runs" });
  void ports.directIp.first().then(() => {
    const directIp = ports.directIp.current();
    if (directIp !== seen.directIp) recorder.note({ exitIp: directIp });
    seen.directIp = directIp;
    const words = [directIp === undefined ? "direct  address unknown" : `direct  ${directIp}`];
    say("info", [...words, ...databaseWords(settings)].join("  "));
  });
}

// It may become known, or change, while the collector runs.
function followDirectIp({ seen, ports, recorder, say }: CollectorContext): void {
  const directIp = ports.directIp.current();
  if (!seen.isReady || directIp === seen.directIp) return;
  seen.directIp = directIp;
  recorder.note({ exitIp: directIp });
  say("info", `direct  ${directIp}`);
}
