import { action, type Description, type ValuesOf } from "./part.ts";

export const POSTGRES = {
  name: "postgres",
  args: "<action>",
  description: "Start or stop the embedded PostgreSQL under .qbo/",
  parts: { action: action("postgres", ["start", "stop"]) },
} satisfies Description;

export type PostgresOptions = ValuesOf<typeof POSTGRES.parts>;
