import { ENTITIES, type EntityInfo, findEntity } from "../query/entities.ts";
import { EntityStore } from "./entity-store.ts";
import { type CompanyRecord, readRecord } from "./record.ts";

/** A deleted transaction. Only change data capture still reports it (QuickBooks API facts, 6 and 8.5). */
export interface Deletion {
  readonly entity: EntityInfo;
  readonly id: string;
  /** UTC ms. */
  readonly at: number;
}

/** The records of one company, by entity. */
export class Company {
  readonly #stores = new Map<string, EntityStore>(ENTITIES.map((entity) => [entity.name, new EntityStore()]));
  readonly deletions: Deletion[] = [];
  /** Keys of poison records, `Entity/key`. A page of whole records that contains one fails with 4002. */
  readonly poison = new Set<string>();

  store(entity: EntityInfo): EntityStore {
    const store = this.#stores.get(entity.name);
    if (!store) throw new Error(`no store for ${entity.name}`);
    return store;
  }

  /** The store of an entity name in any case. */
  storeOf(name: string): EntityStore | undefined {
    const entity = findEntity(name);
    return entity && this.store(entity);
  }

  /** Adds records from their raw JSON texts and returns them. */
  insert(entity: EntityInfo, texts: readonly string[]): CompanyRecord[] {
    const records = texts.map((text) => readRecord(entity, text));
    this.store(entity).putAll(records);
    return records;
  }

  isPoison(entity: EntityInfo, record: CompanyRecord): boolean {
    return this.poison.size > 0 && this.poison.has(`${entity.name}/${record.key}`);
  }
}
