import { exitKeyOf } from "../../../domain/ip.ts";
import type { SwitchRequest } from "../../../domain/reputation/switch.ts";
import { describeDuration } from "../../../domain/time.ts";
import type { HeldExit, Loss } from "../../../policy/machine/state.ts";
import { decideSwitch } from "../../../policy/reputation/budget.ts";
import type { ClaimedSwitch, PermitId } from "../../../ports/store/reputation/switch-store.ts";
import { pause } from "../../lease/take-lease.ts";
import { type BotContext, finishPermit } from "../effects/bot-context.ts";

/** A lost exit is left whatever the database does: for its pace nobody waits longer than this. */
const paceWithinMs = 2_000;

/** Asks for a switch; a permit that is granted is the run's until it is known what became of it. */
export async function claimSwitch(context: BotContext, request: SwitchRequest): Promise<ClaimedSwitch> {
  const { ports, settings } = context;
  const { switchRules } = settings;
  const id = ports.random.uuid() as PermitId;
  const claimed = await ports.store.switches.claim({ id, request, windows: switchRules }, (facts) =>
    decideSwitch(request, facts, switchRules),
  );
  for (const { kind, name, why } of claimed.opened)
    context.recorder.record({
      kind: "incident.opened",
      severity: "warning",
      message: `${why}.`,
      evidence: { kind, name },
    });
  if (claimed.decision.kind === "granted") {
    finishPermit(context, "failed");
    context.switches.permit = id;
  }
  return claimed;
}

/** Puts a lost exit, or an operator's rotation of one in doubt, in line with the rest of the fleet. Never rejects but when given up. */
export async function keepPace(context: BotContext, left: Loss, signal: AbortSignal): Promise<void> {
  const { clock } = context.ports;
  const request = requestOf(context, left.exit, left.cause);
  if (request === undefined) return;
  const late = new AbortController();
  const claimed = await Promise.race([
    claimSwitch(context, request).catch(() => undefined),
    pause(clock, paceWithinMs, late.signal).then(
      () => undefined,
      () => undefined,
    ),
  ]);
  late.abort();
  signal.throwIfAborted();
  const delayMs = claimed?.decision.kind === "granted" ? claimed.decision.delayMs : 0;
  if (delayMs === 0) return;
  const text = `waits ${describeDuration(delayMs)} before it chooses its next exit: many accounts are moved at this moment`;
  context.say("info", text);
  await pause(clock, delayMs, signal);
}

/** The request of an account that leaves, or left, an exit; undefined where an operator changed something about it. */
export function requestOf(
  { ports, settings }: Pick<BotContext, "ports" | "settings">,
  { chosen, proof }: HeldExit,
  cause: Loss["cause"],
): SwitchRequest | undefined {
  const { account, facts } = chosen;
  const asked = {
    accountId: settings.accountId,
    runId: settings.runId,
    venues: account.venues,
    provider: facts.proxy.provider,
    exitKey: exitKeyOf(proof.exitIps[0]),
    hostKey: ports.hostKey,
  };
  switch (cause) {
    case "transport":
    case "drift":
    case "auth":
      return { ...asked, kind: "lost", cause };
    case "demoted":
    case "edited":
    case "held":
      return undefined;
    default:
      return { ...asked, kind: "planned", cause };
  }
}
