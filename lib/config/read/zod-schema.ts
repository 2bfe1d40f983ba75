import { z } from "zod";
import { fileShape } from "../file/schema.ts";

/** The shape of launch.yaml for zod, which words every mistake. */
export const fileSchema = fileShape.toZod(z);
