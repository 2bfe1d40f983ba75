import { describe } from "vitest";
import { useLauncherStage } from "../lab/use-launcher-stage.ts";
import { manyBots, testManyBots } from "./many-bots.ts";
import { startUpWindow, testStartUpWindow } from "./start-up-window.ts";

const here = useLauncherStage(
  {
    proxies: { ...startUpWindow.proxies, ...manyBots.proxies },
    yaml: (lab) => [
      "bots:",
      ...startUpWindow.bots(lab),
      ...manyBots.bots(lab),
      "collectors:",
      ...manyBots.collectors(lab),
    ],
  },
  [...startUpWindow.accounts, ...manyBots.accounts],
);

describe("the start-up window", () => testStartUpWindow(here));
describe("many bots", () => testManyBots(here));
