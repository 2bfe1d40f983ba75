import { useLauncherStage } from "../lab/use-launcher-stage.ts";
import { manyBots, testManyBots } from "./many-bots.ts";
import { startUpWindow, testStartUpWindow } from "./start-up-window.ts";

const here = useLauncherStage(startUpWindow, manyBots);

testStartUpWindow(here);
testManyBots(here);
