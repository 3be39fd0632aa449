import type { DraftObject } from "../../number-text.ts";
import { BOOKS_OPEN, pacific } from "./calendar.ts";
import { identityMembers, USD } from "./list-record.ts";

/** The company itself. */
export function companyInfoDraft(): DraftObject {
  const address = {
    Id: "1",
    Line1: "88 Old Mill Road",
    City: "Olympia",
    CountrySubDivisionCode: "WA",
    PostalCode: "98501",
    Country: "US",
  };
  return {
    CompanyName: "Tidewater Timber & Joinery",
    LegalName: "Tidewater Timber & Joinery LLC",
    CompanyAddr: address,
    CustomerCommunicationAddr: address,
    LegalAddr: address,
    CustomerCommunicationEmailAddr: { Address: "office@tidewater.example" },
    PrimaryPhone: { FreeFormNumber: "(360) 555-0142" },
    CompanyStartDate: "2025-06-01",
    FiscalYearStartMonth: "January",
    Country: "US",
    Email: { Address: "office@tidewater.example" },
    WebAddr: { URI: "http://tidewater.example" },
    SupportedLanguages: "en",
    DefaultTimeZone: "America/Los_Angeles",
    NameValue: [
      { Name: "NeoEnabled", Value: "true" },
      { Name: "OfferingSku", Value: "QuickBooks Online Plus" },
    ],
    ...identityMembers({
      id: "1",
      created: BOOKS_OPEN,
      updated: pacific("2026-01-12T09:14:05"),
      syncToken: 6,
    }),
  };
}

/** The settings of the company. */
export function preferencesDraft(): DraftObject {
  return {
    AccountingInfoPrefs: {
      UseAccountNumbers: true,
      TrackDepartments: true,
      DepartmentTerminology: "Location",
      ClassTrackingPerTxn: true,
      ClassTrackingPerTxnLine: false,
      CustomerTerminology: "Customers",
      FirstMonthOfFiscalYear: "January",
      TaxYearMonth: "January",
    },
    ProductAndServicesPrefs: {
      ForSales: true,
      ForPurchase: true,
      QuantityWithPriceAndRate: true,
      QuantityOnHand: true,
    },
    SalesFormsPrefs: {
      CustomField: [
        {
          CustomField: [
            { Name: "SalesFormsPrefs.UseSalesCustom1", Type: "BooleanType", BooleanValue: false },
          ],
        },
      ],
      AllowDeposit: true,
      AllowDiscount: true,
      DefaultDiscountAccount: "39",
      AllowShipping: false,
      DefaultTerms: { value: "4" },
    },
    VendorAndPurchasesPrefs: { TrackingByCustomer: true, BillableExpenseTracking: true },
    TaxPrefs: { UsingSalesTax: true, PartnerTaxEnabled: true },
    CurrencyPrefs: { MultiCurrencyEnabled: true, HomeCurrency: { value: USD.value } },
    TimeTrackingPrefs: { UseServices: true, BillCustomers: true, WorkWeekStartDate: "Monday" },
    ...identityMembers({
      id: "1",
      created: BOOKS_OPEN,
      updated: pacific("2026-01-08T15:40:21"),
      syncToken: 9,
    }),
  };
}
