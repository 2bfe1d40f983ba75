import { useLauncherStage } from "../lab/use-launcher-stage.ts";
import { testUnderLoad, underLoad } from "./under-load.ts";

testUnderLoad(useLauncherStage(underLoad));
