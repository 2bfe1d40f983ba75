import { contractOn } from "./on-engine.ts";

contractOn("system");
