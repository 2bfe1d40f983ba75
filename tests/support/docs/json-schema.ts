import { z } from "zod";
import { fileSchema } from "../../../lib/config/read/zod-schema.ts";

/** The JSON Schema of launch.yaml as it ships for editors in docs/launch.schema.json. */
export function fileJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(fileSchema, { io: "input" });
  return {
    $schema,
    title: "launch.yaml",
    description: "How bots and collectors run on this host.",
    ...schema,
  };
}
