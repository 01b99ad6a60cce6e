/** The sorts of what is kept of a tenant. */
export type KeptOfTenant = "batches" | "files" | "jobs" | "reviews" | "answers" | "requests";

/** `DELETE /admin/api/tenants/{tenant}`: how much of a tenant was forgotten, by sort; `requests` are the listed ones. */
export interface TenantErasure extends Readonly<Record<KeptOfTenant, number>> {
  /**
   * Of what each gateway that shares a store with this one keeps its own: it was not reached there, so the same is to be
   * asked of each. Absent where no store is shared.
   */
  readonly notReachedElsewhere?: readonly KeptOfTenant[] | undefined;
}
