import type { AlertContent } from "../../domain/alerts/alert.ts";
import type { NotifySettings } from "../../domain/alerts/notify-settings.ts";
import { didYouMean } from "../../domain/nearest-name.ts";
import { ConfigError, UsageError } from "../../errors.ts";
import type { AlertChannels, Delivered } from "../../ports/alerts/alert-channel.ts";
import type { Clock, Random } from "../../ports/clock.ts";

/** What became of a test message. */
export interface TestedChannel {
  readonly name: string;
  readonly kind: string;
  readonly isSent: boolean;
  /** What the channel answered, or why it was not reached. */
  readonly answer: string;
  readonly tookMs: number;
}

/** Sends one message to a channel, or to each; a ping is asked once. */
export async function testChannels(
  notify: NotifySettings | undefined,
  name: string | undefined,
  tools: {
    readonly channels: AlertChannels;
    readonly clock: Clock;
    readonly random: Random;
    readonly host: string;
  },
): Promise<readonly TestedChannel[]> {
  const { channels, pings } = chosen(notify, name);
  const ask = async (
    of: { readonly name: string; readonly kind: string },
    work: () => Promise<Delivered>,
  ) => {
    const before = tools.clock.monotonicMs();
    const answer = await work();
    const tookMs = Math.round(tools.clock.monotonicMs() - before);
    const isSent = answer.kind === "sent";
    return { ...of, isSent, answer: isSent ? answer.answer : answer.why, tookMs };
  };
  return await Promise.all([
    ...channels.map((settings) =>
      ask(settings, async () => {
        const id = tools.random.uuid();
        const channel = await tools.channels.open(settings);
        const at = tools.clock.now();
        const content = testContent(settings.name, tools.host);
        const more = { mayHaveArrived: false, receipt: undefined } as const;
        return await channel.deliver({ id: `test.${id}`, thread: id, kind: "test", content, at, ...more });
      }),
    ),
    ...pings.map((settings) =>
      ask({ name: settings.name, kind: "ping" }, () => tools.channels.openPing(settings).ping("a test")),
    ),
  ]);
}

function chosen(
  notify: NotifySettings | undefined,
  name: string | undefined,
): Pick<NotifySettings, "channels" | "pings"> {
  if (notify === undefined)
    throw new ConfigError(
      "LAUNCH_CONFIG_INVALID",
      "launch.yaml has no `notify`, so nobody is told of anything.",
      {
        hint: "Add a channel to launch.yaml; docs/alerts.md has one of each kind to copy.",
      },
    );
  if (name === undefined) return notify;
  const channels = notify.channels.filter((channel) => channel.name === name);
  const pings = notify.pings.filter((ping) => ping.name === name);
  if (channels.length + pings.length > 0) return { channels, pings };
  const names = [...notify.channels, ...notify.pings].map((each) => each.name);
  throw new UsageError("LAUNCH_INVALID_VALUE", `launch.yaml has no channel "${name}" under \`notify\`.`, {
    hint: didYouMean(name, names).trim() || `It has: ${names.join(", ")}.`,
  });
}

function testContent(name: string, host: string): AlertContent {
  const title = "This is a test of Slipway's alerts";
  return {
    title,
    text: `${title}.\nThe channel ${name} works: trouble with bots is told here. Nothing has happened.\n(sent from ${host} by \`launch notify test\`)`,
    severity: "info",
    isUrgent: false,
    topics: [],
    cause: "test",
    members: [],
    isOver: false,
  };
}
