import { useLauncherStage } from "../lab/use-launcher-stage.ts";
import { startUpWindow, testStartUpWindow } from "./start-up-window.ts";

const here = useLauncherStage(
  { proxies: startUpWindow.proxies, yaml: (lab) => ["bots:", ...startUpWindow.bots(lab)] },
  startUpWindow.accounts,
);

testStartUpWindow(here);
