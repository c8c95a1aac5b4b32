import { z } from "zod";
import { paramKinds } from "../module/params.ts";
import type { JsonSchema } from "./json-schema.ts";

/** What may be written for a zod schema, as JSON Schema, before anything is said of templates: editors and manual pages both go by it. */
export function inputSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    io: "input",
    target: "draft-7",
    // What zod cannot say in JSON Schema (a Secret beside a text) is left out of the union.
    unrepresentable: "any",
    override({ zodSchema, jsonSchema }) {
      const { def } = zodSchema._zod;
      // zod leaves out the default of what is transformed (a length of time), for it is one of the output. Ours can be written as input, too.
      if (def.type === "default" && ["number", "string", "boolean"].includes(typeof def.defaultValue))
        jsonSchema.default ??= def.defaultValue as never;
      const special = paramKinds.get(zodSchema as unknown as z.ZodType)?.kind;
      if (special === "condition" || special === "expression") Object.assign(jsonSchema, { type: kindsOfScalars });
      else if (special === "contributed") Object.assign(jsonSchema, { type: "boolean" });
      else if (special !== undefined && special !== "secret") Object.assign(jsonSchema, { type: "string" });
    },
  }) as JsonSchema;
}

const kindsOfScalars = ["string", "boolean", "number"];
