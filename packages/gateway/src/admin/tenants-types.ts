/** `DELETE /admin/api/tenants/{tenant}`: how much of a tenant was forgotten, by sort. */
export interface TenantErasure {
  readonly batches: number;
  readonly files: number;
  readonly jobs: number;
  readonly reviews: number;
  readonly answers: number;
  /** Recent requests that were listed. */
  readonly requests: number;
}
