import { afterAll, beforeAll, expect } from "vitest";
import type { RunningLaunch } from "../../lab/launch-command.ts";
import type { StageProxy } from "../../lab/stage.ts";
import { type LauncherStage, type LauncherStageOptions, openLauncherStage } from "./launcher-stage.ts";

/** So long may anything take to be seen; with fifty bots on two cores that is not soon. */
export const longestMs = process.env["LAUNCH_TEST_SIZE"] === "full" ? 120_000 : 30_000;

/** A stage for the tests of one file. */
export interface StageOfTests {
  readonly stage: LauncherStage;
  proxy(label: string): StageProxy;
  /** Starts an account's bot and waits for the ready line of that proxy. */
  startBot(name: string, label: string, words?: readonly string[]): Promise<RunningLaunch>;
}

/** An account with its proxies, best first. */
export interface AccountOfStage {
  readonly name: string;
  readonly labels: readonly string[];
}

/** What one group of tests needs of the stage that it shares with others. */
export interface StagePart extends Pick<LauncherStageOptions, "proxies"> {
  readonly accounts: readonly AccountOfStage[];
  /** Lines below `bots:` in launch.yaml. */
  readonly bots: LauncherStageOptions["yaml"];
  /** Lines below `collectors:`. */
  readonly collectors?: LauncherStageOptions["yaml"];
}

/** Opens one stage with the accounts of all parts for the tests of the file, and closes it however they end. */
export function useLauncherStage(...parts: readonly StagePart[]): StageOfTests {
  let opened: LauncherStage | undefined;
  beforeAll(async () => {
    opened = await openLauncherStage({
      proxies: Object.assign({}, ...parts.map(({ proxies }) => proxies)),
      yaml: (lab) => [
        "bots:",
        ...parts.flatMap(({ bots }) => bots(lab)),
        ...parts.flatMap(({ collectors }) =>
          collectors === undefined ? [] : ["collectors:", ...collectors(lab)],
        ),
      ],
    });
    for (const { accounts } of parts) for (const account of accounts) await addAccount(opened, account);
  });
  afterAll(() => opened?.close());
  const stage = (): LauncherStage => {
    if (opened === undefined) throw new Error("The stage is not open yet.");
    return opened;
  };
  const proxy = (label: string) => proxyOf(stage(), label);
  return {
    get stage() {
      return stage();
    },
    proxy,
    async startBot(name, label, words = []) {
      const launcher = stage().start(["bot", "--account", name, ...words]);
      await readyOn(launcher, proxy(label));
      return launcher;
    },
  };
}

async function readyOn(launcher: RunningLaunch, { label, exitIp }: StageProxy): Promise<void> {
  await launcher.line(new RegExp(`: ${label} +${exitIp.replaceAll(".", "\\.")} .*proven 2/2`), longestMs);
}

async function addAccount(stage: LauncherStage, { name, labels }: AccountOfStage): Promise<void> {
  const [first, ...others] = labels.map((label) => proxyOf(stage, label));
  if (first === undefined) return;
  const flags = [
    "--proxy-label",
    first.label,
    "--proxy-endpoint",
    first.endpoint,
    "--proxy-user",
    first.user,
  ];
  await ok(stage, ["account", "add", name, ...flags, "--proxy-pass-stdin"], first.pass);
  if (others.length === 0) return;
  const list = others.map(({ label, endpoint, user, pass }) => ({ label, url: endpoint, user, pass }));
  await ok(stage, ["proxy", "import", "-", "--account", name], JSON.stringify(list));
}

async function ok(stage: LauncherStage, words: readonly string[], input: string): Promise<void> {
  const { exitCode, stderr } = await stage.launch(words, { input });
  expect(`${exitCode} ${stderr}`).toMatch(/^0/);
}

function proxyOf({ proxies }: LauncherStage, label: string): StageProxy {
  const found = proxies.get(label);
  if (found === undefined) throw new Error(`The stage has no proxy ${label}.`);
  return found;
}
