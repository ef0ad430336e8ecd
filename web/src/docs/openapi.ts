/** What the forms need of the OpenAPI document that the deployment serves. */

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
}

export interface Operation {
  method: string;
  path: string;
  parameters: Parameter[];
  /** Whether the caller's token is needed. */
  isByUser: boolean;
  /** The example of the JSON body, if the operation takes one. */
  example: unknown;
}

interface Documented {
  operationId: string;
  parameters?: (Parameter | { $ref: string })[];
  security?: Record<string, string[]>[];
  requestBody?: { content: Record<string, { example?: unknown }> };
}

interface Document {
  paths: Record<string, Record<string, Documented>>;
  components: { parameters: Record<string, Parameter> };
}

let loaded: Promise<Document> | undefined;

async function load(): Promise<Document> {
  const response = await fetch("/docs/openapi.json");
  if (!response.ok) throw new Error(`The description of the API answered ${response.status}.`);
  return (await response.json()) as Document;
}

/** The operation with this id. */
export async function findOperation(id: string): Promise<Operation> {
  loaded ??= load();
  const { paths, components } = await loaded.catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  for (const [path, methods] of Object.entries(paths)) {
    const found = Object.entries(methods).find(([, { operationId }]) => operationId === id);
    if (found) return described(path, found[0], found[1], components.parameters);
  }
  throw new Error(`There is no operation ${id}.`);
}

function described(path: string, method: string, operation: Documented, shared: Record<string, Parameter>): Operation {
  const named = (operation.parameters ?? []).map((parameter) =>
    "$ref" in parameter ? shared[parameter.$ref.split("/").at(-1) ?? ""] : parameter,
  );
  return {
    method: method.toUpperCase(),
    path,
    parameters: named.filter((parameter) => parameter !== undefined),
    isByUser: (operation.security ?? []).length > 0,
    example: operation.requestBody?.content["application/json"]?.example,
  };
}

/** The address of a request. `values` are by place and name; an empty value of the query is left out. */
export function addressOf({ path, parameters }: Operation, values: Map<Parameter, string>): string {
  let address = path;
  const query = new URLSearchParams();
  for (const parameter of parameters) {
    const value = values.get(parameter) ?? "";
    if (parameter.in === "path") address = address.replace(`{${parameter.name}}`, encodeURIComponent(value));
    if (parameter.in === "query" && value !== "") query.append(parameter.name, value);
  }
  return query.size > 0 ? `${address}?${query}` : address;
}
