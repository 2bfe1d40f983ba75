import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bootCluster, crashCluster } from "../database/postgres-cluster.ts";
import { pause } from "../pause.ts";
import { type FleetStage, type HostLaunch, loginOf } from "./fleet-stage.ts";
import type { Cut, HostProcess } from "./lab-of-hosts.ts";
import type { Chance } from "./random.ts";

/** The accounts, and the exits that each may use. */
export const tortured = {
  alice: ["p1", "p2", "p3"],
  bob: ["p2", "p1", "p4"],
  carol: ["p1", "p2", "p5"],
} as const;
/** Their names. */
export const accounts = Object.keys(tortured);
/** What runs beside them. */
export const collectors = Array.from({ length: 17 }, (_, index) => `feed-${index + 1}`);
/** A program that says its name in its words, and does nothing else. */
export const collectorWords = (name: string): readonly string[] => [
  "sleep",
  `9000${name.slice(5).padStart(2, "0")}`,
];

interface Slot {
  readonly host: string;
  readonly words: readonly string[];
  /** Its wall clock is stepped now and then. */
  readonly hasClock: boolean;
  launch: HostLaunch | undefined;
}

const clockLibrary = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

/** Starts six launchers and lets the seed decide what befalls them. */
export function openRig(
  stage: FleetStage,
  {
    chance,
    bin,
    tell,
  }: { readonly chance: Chance; readonly bin: string | undefined; readonly tell: (what: string) => void },
) {
  const hosts = [...stage.lab.hosts.keys()];
  const slots: Slot[] = hosts.flatMap((host, index) => [
    { host, words: ["up"], hasClock: false, launch: undefined },
    { host, words: ["bot", accounts[index] ?? ""], hasClock: existsSync(clockLibrary), launch: undefined },
  ]);
  const counts: Record<string, number> = {};
  const pending = new Set<Promise<void>>();
  const off = new Set<string>();
  const cutOff = new Set<string>();
  let isStopping = false;
  let isDatabaseDown = false;

  const later = (ms: number, work: () => void | Promise<void>): void => {
    const task = pause(ms)
      .then(async () => {
        if (!isStopping) await work();
      })
      .finally(() => pending.delete(task));
    pending.add(task);
  };

  function start(slot: Slot): void {
    if (isStopping || off.has(slot.host)) return;
    const clock = clockFile(slot.host);
    const front = slot.hasClock
      ? [
          "env",
          `LD_PRELOAD=${clockLibrary}`,
          `FAKETIME_TIMESTAMP_FILE=${clock}`,
          "FAKETIME_NO_CACHE=1",
          "FAKETIME_DONT_FAKE_MONOTONIC=1",
          "DONT_FAKE_MONOTONIC=1",
        ]
      : [];
    const launch = stage.start(slot.host, slot.words, { front, ...(bin === undefined ? {} : { bin }) });
    slot.launch = launch;
    void launch.ended.then(() => {
      if (slot.launch === launch) slot.launch = undefined;
      // As pm2 or systemd would.
      later(chance.between(500, 2_500), () => start(slot));
    });
  }

  const clockFile = (host: string): string => join(stage.lab.host(host).folder, "clock");
  const stepClock = (host: string, seconds: number): void =>
    writeFileSync(clockFile(host), `${seconds >= 0 ? "+" : ""}${seconds}s\n`);
  const living = () => slots.filter(({ launch, host }) => launch !== undefined && !off.has(host));
  const signalTo = ({ launch }: Slot, name: NodeJS.Signals): void => {
    try {
      launch?.signal(name);
    } catch {
      // It has just ended.
    }
  };

  const mishaps: Readonly<Record<string, readonly [weight: number, befall: () => string | undefined]>> = {
    kill: [
      4,
      () => {
        const [slot] = [chance.pick(slots)].filter(({ launch }) => launch !== undefined);
        if (slot !== undefined) signalTo(slot, "SIGKILL");
        return slot && `SIGKILL to ${slot.words.join(" ")} on ${slot.host}`;
      },
    ],
    stop: [
      4,
      () => {
        const slot = chance.pick(slots);
        const ms = chance.random01() < 0.4 ? chance.between(13_000, 22_000) : chance.between(300, 6_000);
        if (!living().includes(slot)) return undefined;
        const { launch } = slot;
        signalTo(slot, "SIGSTOP");
        later(ms, () => {
          if (slot.launch === launch) signalTo(slot, "SIGCONT");
        });
        return `SIGSTOP to ${slot.words.join(" ")} on ${slot.host} for ${ms} ms`;
      },
    ],
    cut: [
      4,
      () => {
        const [host, from, ms] = [
          chance.pick(hosts),
          chance.pick<Cut>(["everything", "database", "database"]),
          chance.between(4_000, 30_000),
        ];
        // Each lasts as long as it was to: the end of a second one would heal both.
        if (cutOff.has(host)) return undefined;
        cutOff.add(host);
        void stage.lab.host(host).cut(from);
        later(ms, async () => {
          await stage.lab.host(host).heal();
          cutOff.delete(host);
        });
        return `${host} is cut off from ${from} for ${ms} ms`;
      },
    ],
    crash: [
      1,
      () => {
        const ms = chance.between(0, 5_000);
        if (isDatabaseDown) return undefined;
        isDatabaseDown = true;
        crashCluster(stage.cluster);
        later(ms, bootDatabase);
        return `PostgreSQL is killed for ${ms} ms`;
      },
    ],
    power: [
      1,
      () => {
        const [host, ms] = [chance.pick(hosts), chance.between(500, 6_000)];
        if (off.has(host)) return undefined;
        off.add(host);
        // On a busy machine the power may take longer to go than it stays away.
        const isOff = stage.powerOff(host);
        later(ms, () => isOff.then(() => bootHost(host)));
        return `${host} loses its power for ${ms} ms`;
      },
    ],
    revoke: [
      2,
      () => {
        const account = chance.pick(accounts);
        void stage
          .rows("select launch.revoke_lease('bot:' || id, '') from launch.accounts where name = $1", [
            account,
          ])
          .catch(() => {});
        return `the lease of ${account} is revoked`;
      },
    ],
    clock: [
      2,
      () => {
        const [host, seconds] = [chance.pick(hosts), chance.between(-7_200, 7_200)];
        if (!existsSync(clockLibrary)) return undefined;
        stepClock(host, seconds);
        return `the clock of a launcher on ${host} is stepped to ${seconds} s off`;
      },
    ],
  };
  const dice = Object.entries(mishaps).flatMap(([name, [weight]]) =>
    Array.from({ length: weight }, () => name),
  );

  function bootDatabase(): void {
    if (!isDatabaseDown) return;
    bootCluster(stage.cluster);
    isDatabaseDown = false;
  }

  async function bootHost(host: string): Promise<void> {
    if (!off.has(host)) return;
    await stage.lab.host(host).boot();
    off.delete(host);
    for (const slot of slots) if (slot.host === host && slot.launch === undefined) start(slot);
  }

  return {
    counts,
    startAll(): void {
      for (const host of hosts) stepClock(host, 0);
      for (const slot of slots) start(slot);
    },
    async torment(): Promise<void> {
      await pause(chance.between(500, 3_000));
      const name = chance.pick(dice);
      const what = mishaps[name]?.[1]();
      if (what === undefined) return;
      counts[name] = (counts[name] ?? 0) + 1;
      tell(what);
    },
    /** Ends all trouble; who is dead is started again. */
    async calm(): Promise<void> {
      await Promise.all(pending);
      bootDatabase();
      for (const host of hosts) {
        await bootHost(host);
        await stage.lab.host(host).heal();
      }
      for (const slot of living()) signalTo(slot, "SIGCONT");
    },
    /** What is not yet as it must be: each unit runs exactly once, and nothing else of any bot. */
    problems(): readonly string[] {
      const all = hosts.flatMap((host) =>
        stage.lab
          .host(host)
          .processes()
          .map((each) => ({ ...each, host })),
      );
      const copies = (words: string): readonly HostProcess[] =>
        all.filter(({ command }) => command.endsWith(words));
      const feeds = collectors.flatMap((name) => {
        const { length } = copies(collectorWords(name).join(" "));
        return length === 1 ? [] : [`${length} copies of ${name}`];
      });
      const bots = all.filter(({ command }) => /^\S*node \S*logs-in\.mjs$/.test(command)).length;
      const recent = stage.venue.entries.filter(({ at }) => at > Date.now() - 2_000);
      const seen = accounts.flatMap((account) => {
        const runs = new Set(
          recent.flatMap((entry) => (entry.account === account ? [loginOf(entry).run] : [])),
        );
        return runs.size === 1 ? [] : [`${account} is logged in ${runs.size} times`];
      });
      return [...feeds, ...seen, ...(bots === accounts.length ? [] : [`${bots} processes of bots`])];
    },
    /** What each launcher said last. */
    lastWords(): readonly string[] {
      return slots.map(
        ({ host, words, launch }) =>
          `${words.join(" ")} on ${host}: ${launch?.stderr.slice(-6).join(" / ") ?? "does not run"}`,
      );
    },
    async stop(): Promise<void> {
      isStopping = true;
      await Promise.all(pending);
      bootDatabase();
      for (const host of hosts) {
        await stage.powerOff(host);
        await stage.lab.host(host).boot();
        off.delete(host);
      }
      await stage.rows("delete from launch.leases");
      await stage.rows("update launch.launchers set ended_at = clock_timestamp()");
    },
  };
}
