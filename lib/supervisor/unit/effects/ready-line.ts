import type { DirectIp } from "../../../domain/ip.ts";
import type { BotRunnerSettings, RunnerSettings } from "../../../domain/run/run-settings.ts";
import { describeTier } from "../../../domain/run/tier.ts";
import type { ProvenCandidate } from "../../../policy/machine/state.ts";

/** What a start ends with: label, exit IP, country, tier, proof and the address that is never seen. */
export function readyLine(
  settings: BotRunnerSettings,
  exit: ProvenCandidate,
  directIp: DirectIp | undefined,
  reachableSockets = 0,
): string {
  const { proof } = exit;
  const lab = proof.reach === "lab" ? " lab" : "";
  const { local, publish, tmp } = settings.unit;
  const bypass = [...local, ...publish];
  const isShared = tmp === "shared" && settings.tier === "kernel";
  return [
    exit.label,
    ...proof.exitIps,
    proof.country ?? "--",
    `tier=${describeTier(settings.tier)}`,
    `proven ${proof.agreed}/${proof.asked}${lab}`,
    describeDirect(settings, directIp),
    ...(isShared ? ["tmp shared"] : []),
    ...(reachableSockets === 0 ? [] : [`reachable sockets ${reachableSockets}`]),
    ...(bypass.length === 0 ? [] : [`bypass ${bypass.join(" ")}`]),
    ...databaseWords(settings),
  ].join("  ");
}

/** Names the database where it is another than the user's usual one: launchers of two databases know nothing of one another. */
export function databaseWords({ place }: RunnerSettings): readonly string[] {
  return place.isUsualDatabase ? [] : [`database ${place.database}`];
}

function describeDirect({ tier }: BotRunnerSettings, directIp: DirectIp | undefined): string {
  if (directIp === undefined) return "direct unknown";
  return tier === "env" ? `direct ${directIp} not blocked` : `direct ${directIp} blocked`;
}
