import { familyOf } from "../../../domain/ip.ts";
import type { BotRunnerSettings } from "../../../domain/run/run-settings.ts";
import type { MonotonicMs } from "../../../domain/time.ts";
import type { Relay, RelayEvent } from "../../../ports/relay.ts";
import type { PermitId } from "../../../ports/store/reputation/switch-store.ts";
import { ExitSeeker } from "../../exit/exit-seeker.ts";
import { ExitWatch } from "../../exit/exit-watch.ts";
import { InsideProof } from "../../exit/inside-proof.ts";
import { TargetFailures } from "../../exit/target-failures.ts";
import { LeavingNotice } from "../../process/leaving-notice.ts";
import { tellMisheard } from "../../process/misheard.ts";
import { ExitReasons } from "../../venue/exit-reasons.ts";
import { inquiriesOf } from "../../venue/inquiries.ts";
import { type TrafficLog, trafficLog } from "../../venue/traffic-log.ts";
import { VenueIntake } from "../../venue/venue-intake.ts";
import type { RunContext } from "../context.ts";

/** A hello that comes this long after a first connection still counts: both travel by different sockets, and the relay holds the connection. */
const helloAfterConnectionMs = 1_000;

/** What a bot's effects work with: an exit to seek, prove, watch and leave, behind its relay. */
export interface BotContext extends RunContext<BotRunnerSettings> {
  readonly relay: Relay;
  readonly seeker: ExitSeeker;
  readonly watch: ExitWatch;
  readonly inside: InsideProof;
  readonly failures: TargetFailures;
  readonly traffic: TrafficLog;
  readonly leaving: LeavingNotice;
  /** Takes nothing more of what venues answer. */
  readonly closeIntake: () => Promise<void>;
  /** A connection before the hello no longer counts. */
  readonly forgetEarlyConnection: () => void;
  /** What the renewals have done so far: `recovered` is the hold whose probation was written to be over. */
  readonly renewals: { isFollowing: boolean; recovered: MonotonicMs | undefined };
  /** How often the bot was moved without a restart, and the switch that is under way. */
  readonly switches: { count: number; permit: PermitId | undefined };
}

/** Opens the relay, shut and without upstream. */
export async function openBotContext(base: RunContext<BotRunnerSettings>): Promise<BotContext> {
  const { ports, settings, token, keeper } = base;
  let hear: (event: RelayEvent) => void = () => {};
  const relay = await ports.relays.open({
    name: settings.unit.name,
    token,
    local: settings.unit.local,
    publicRanges: settings.publicRanges,
    onEvent: (event) => hear(event),
  });
  base.vitals.counters = () => relay.counters();
  const seeker = new ExitSeeker(base, relay);
  const watch = new ExitWatch(base, relay);
  const early = earlyConnectionTimer(base);
  const failures = new TargetFailures(base);
  const intake = new VenueIntake(base, inquiriesOf(base, relay));
  const reasons = new ExitReasons(base);
  ports.intakes.set(settings.accountId, intake);
  base.printed.hear = (line) => void intake.hearLine(line);
  hear = (event) => {
    watch.hearRelay(event);
    reasons.hearRelay(event);
    failures.hear(event);
    if (event.type === "connection-before-ready") early.begin();
  };
  const leaving = new LeavingNotice(ports.clock, () => keeper.channel);
  const hearWrong = tellMisheard(base.say);
  keeper.onChannelEvent = (event, isMain) => {
    hearWrong(event);
    watch.hear(event, isMain);
    leaving.hear(event);
    intake.hear(event);
  };
  return {
    ...base,
    relay,
    seeker,
    watch,
    inside: new InsideProof(base, seeker),
    failures,
    traffic: trafficLog(base, relay),
    leaving,
    closeIntake: async () => {
      reasons.stop();
      ports.intakes.delete(settings.accountId);
      await intake.stop();
    },
    forgetEarlyConnection: () => early.cancel(),
    renewals: { isFollowing: false, recovered: undefined },
    switches: { count: 0, permit: undefined },
  };
}

/** Lets the bot's connections through to what was proven of its exit. */
export function openGate({ relay, forgetEarlyConnection, exit }: BotContext): void {
  forgetEarlyConnection();
  const proof = exit()?.proof;
  if (proof !== undefined) relay.setFamilies(proof.exitIps.map(familyOf));
  relay.open();
}

/** What became of the switch that was granted last; the database hears of it in its turn. */
export function finishPermit({ switches, recorder }: BotContext, outcome: "done" | "failed"): void {
  const { permit } = switches;
  if (permit === undefined) return;
  switches.permit = undefined;
  recorder.write((store) => store.switches.finish(permit, outcome));
}

// In the preload tier nothing may come from the bot before its hello.
function earlyConnectionTimer({ ports, settings, dispatch }: RunContext<BotRunnerSettings>) {
  let cancel = (): void => {};
  const reason =
    "A connection came before the preload's hello: the command does not run the Node program itself.";
  return {
    begin() {
      if (settings.tier !== "preload") return;
      cancel();
      cancel = ports.clock.after(helloAfterConnectionMs, () => dispatch({ type: "not-greeted", reason }));
    },
    cancel: () => cancel(),
  };
}
