import { describe, expect, test } from "vitest";
import type { AttachedListener, Relay } from "../../../../lib/ports/relay.ts";
import { childPlan } from "../../../../lib/supervisor/process/child-plan.ts";
import {
  sampleBot,
  sampleBotSettings,
  sampleCollector,
  sampleCollectorSettings,
} from "../../../support/fleet/sample-units.ts";

const attached: AttachedListener[] = [];
const relay = {
  host: "127.0.0.1",
  port: 4100,
  attach: (listener: AttachedListener) => void attached.push(listener),
} as Partial<Relay> as Relay;
const proveInside = async (): Promise<void> => {};
const links = { relay, token: "t0ken", botSocket: "/s/bot.sock", proveInside };

describe("the plan of a bot's process", () => {
  test("leads it to the relay by its token, and loads tunnel before observation, in the preload tier", () => {
    const plan = childPlan(sampleBotSettings({ operatorEnv: { HTTPS_PROXY: "http://elsewhere" } }), links);
    expect(plan.tier).toEqual({ tier: "preload", publish: [] });
    expect(plan.env).toMatchObject({
      HTTPS_PROXY: "http://launch:t0ken@127.0.0.1:4100",
      LAUNCH_CONTROL: "/s/bot.sock",
      LAUNCH_ACCOUNT: "alice",
    });
    expect(plan.env["NODE_OPTIONS"]).toMatch(/tunnel\.js.*observe\.js/);
  });

  test("names neither relay nor token in the kernel tier", () => {
    const unit = sampleBot({ local: ["127.0.0.1:6379"], publish: ["127.0.0.1:8080:8080"], runAs: "bots" });
    const plan = childPlan(sampleBotSettings({ tier: "kernel", unit }), links);
    expect(JSON.stringify(plan.env)).not.toMatch(/t0ken|4100|tunnel\.js/);
    expect(plan.env["NODE_OPTIONS"]).toContain("observe.js");
    expect(plan.tier).toMatchObject({
      tier: "kernel",
      local: ["127.0.0.1:6379"],
      publish: ["127.0.0.1:8080:8080"],
      runAs: "bots",
      botSocket: "/s/bot.sock",
      proveInside,
    });
  });

  test("forwards the usual ports, those of the unit and those of the witnesses, each once", () => {
    const unit = sampleBot({ ports: ["9000-9001", "443"] });
    const witnesses = ["https://a.test/ip", "http://b.test", "https://c.test:8081/"];
    const { tier } = childPlan(sampleBotSettings({ tier: "kernel", unit, witnesses }), links);
    expect(tier.tier === "kernel" && [...tier.ports].sort((a, b) => a - b)).toEqual([
      80, 443, 8081, 8443, 9000, 9001, 9443,
    ]);
  });

  test.each([53, 443, 9000, 6379])(
    "publishes no port %i, where the bot cannot listen in the kernel tier",
    (port) => {
      const unit = sampleBot({ ports: ["9000"], local: ["6379"], publish: [`127.0.0.1:8080:${port}`] });
      expect(() => childPlan(sampleBotSettings({ tier: "kernel", unit }), links)).toThrow(
        `cannot listen on ${port}`,
      );
      expect(() => childPlan(sampleBotSettings({ tier: "preload", unit }), links)).not.toThrow();
    },
  );

  test("hands the sockets of the namespace to the relay", () => {
    const { tier } = childPlan(sampleBotSettings({ tier: "kernel" }), links);
    const listener = {} as AttachedListener;
    if (tier.tier === "kernel") tier.onListener(listener);
    expect(attached).toEqual([listener]);
  });

  test("refuses ports that cannot be forwarded, naming the bot and where to correct them", () => {
    const settings = sampleBotSettings({ tier: "kernel", unit: sampleBot({ ports: ["http"] }) });
    expect(() => childPlan(settings, links)).toThrow(
      expect.objectContaining({
        code: "LAUNCH_CONFIG_INVALID",
        message: 'The ports of "alice": "http" is not a port or range such as 9000 or 7000-7010.',
        hint: expect.stringContaining("--ports"),
      }),
    );
  });

  test("gives a program that is not Node's no preload", () => {
    const plan = childPlan(sampleBotSettings({ tier: "env", runtime: undefined }), links);
    expect([plan.tier, plan.env["NODE_OPTIONS"]]).toEqual([{ tier: "env", publish: [] }, undefined]);
  });
});

test("the plan of a collector goes direct, whatever proxy the shell names", () => {
  const unit = sampleCollector({ cwd: "/data", logFile: "/logs/funding.log" });
  const operatorEnv = { PATH: "/bin", all_proxy: "socks5://x", STORE: "postgres://u:p@h/d" };
  const settings = sampleCollectorSettings({ unit, operatorEnv, storeVariables: ["STORE"] });
  expect(childPlan(settings, undefined)).toEqual({
    runId: settings.runId,
    command: ["node", "bot.js"],
    cwd: "/data",
    env: { PATH: "/bin", LAUNCH_RUN_ID: settings.runId },
    tty: false,
    sharesLog: false,
    logFile: "/logs/funding.log",
    tier: { tier: "direct" },
    ahead: { nodeOptions: `--require "${settings.preloads.hold}"` },
  });
});

test("a collector needs no preload, wherever Slipway is installed", () => {
  const { preloads } = sampleCollectorSettings();
  const odd = { ...preloads, hold: '/opt/"new"/hold.js' };
  expect(childPlan(sampleCollectorSettings({ preloads: odd }), undefined).ahead).toBeUndefined();
});

test("of a collector with many instances several runs write to one log", () => {
  const settings = sampleCollectorSettings({});
  const many = { ...settings, unit: { ...settings.unit, instances: "many" } } as const;
  expect(childPlan(settings, undefined).sharesLog).toBe(false);
  expect(childPlan(many, undefined).sharesLog).toBe(true);
});
