export { type PlannedFile, planGenerated, writeGenerated } from "../../adapters/host-files/generated-file.ts";
