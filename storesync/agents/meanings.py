"""What each table and view of the promise holds, in the words of the manual."""
# ruff: noqa: RUF001 - the signs of a formula

MEANINGS = {
    "products": (
        "One row a product. `status`: `active draft archived unlisted` (Tiendanube: `active`, `draft`). `vendor` is"
        " the brand. `description` is plain text. `options` holds their names. `inventory_quantity` is the sum of"
        " the variants, NULL if not tracked."
    ),
    "variants": (
        "What is sold. A product without options has one. `price` is what a customer pays now, NULL on request;"
        " `compare_at_price` the struck-out one; both mean the same on both platforms. `inventory_quantity` NULL:"
        " without limit. On Tiendanube `inventory_item_id` is the variant's id."
    ),
    "variant_barcodes": (
        "The barcodes of variants, up to 20 each; `id` is `variant_id:position`. The first is `variants.barcode`."
        " `type`: `upc ean isbn gtin asin`, NULL where the platform does not tell it. On Tiendanube a variant has one."
    ),
    "product_images": "Images of products.",
    "categories": (
        "Tiendanube categories and Shopify collections. `kind`: `category`, `collection`. `path`: `A > B`."
        " `visibility`: `visible hidden soft_hidden`."
    ),
    "product_categories": "Which product is in which category; `id` is `product_id:category_id`.",
    "customers": (
        "Customers. `tax_id` is the identification number (Shopify: of the tax settings). `orders_count` is NULL on"
        " Tiendanube."
    ),
    "customer_addresses": "Their addresses.",
    "orders": (
        "One row an order. `name` is what people see, such as `#1001`. `status`: `open closed cancelled`; cancelled"
        " counts before closed. `payment_status`: `pending authorized partially_paid paid partially_refunded refunded"
        " voided` and what else the platform says. `fulfillment_status`: `unfulfilled partially_fulfilled fulfilled"
        " delivered` and likewise. `subtotal` is all lines before any discount, as they are priced, with those that"
        " edits added. `total` is as placed, `current_total` after edits and returns (Tiendanube: the same)."
        " `paid_total` and `refunded_total` are money in and out, rounding of cash apart. `tax_total` is NULL on"
        " Tiendanube. `presentment_*` is what the customer saw. `tax_id` is the identification number given with the"
        " order, on Shopify where the country has a field for it (not in Argentina). `placed_at` is Shopify's"
        " `processedAt`, Tiendanube's `completed_at`, else `created_at`; `placed_on` is its day in the shop's time"
        " zone (Tiendanube: that of the country's capital). Dates that depend on several parts: `paid_at` is when the"
        " last payment came in, NULL until the order is paid in full (Tiendanube: as it says). `shipped_at` is when"
        " the first parcel left, NULL until one has. `delivered_at` is when the last parcel arrived, NULL while one is"
        " on its way or a part of the order is still to be sent; parcels that were called off do not count."
        " `cancelled_at` and `closed_at` are as the platform says. From `gross_sales` on, an order is told in the"
        " terms of sales reports. Amounts of goods and shipping have no taxes in them, whether the prices do or not;"
        " gift cards and tips are no goods. `gross_sales`: goods at their price × quantity, before discounts, with"
        " what edits added. `discounts`: what was taken off those, not off shipping. `returns`: goods that came back"
        " or were taken out by an edit, at what they cost after discounts, paid back or not; with what was paid back"
        " beyond that (goodwill), less what was kept (a fee for restocking or for sending it back), whether an"
        " adjustment says so or only the money. `shipping`: what shipping costs after its discounts, less"
        " `shipping_returned`, what was paid back of it or an edit removed. `duties`, `additional_fees`: less what was"
        " paid back. Where prices have duties in them, goods have those that are left no more. `taxes`: of goods,"
        " shipping, duties and fees, in prices or on top, less `taxes_returned`, those of what came back. `tips`,"
        " `gift_cards_sold`: less what was paid back. Paying with a gift card is a payment. `cash_rounding`: by how"
        " much cash was rounded, paid less paid back. `outstanding_total`: what the customer still owes; negative"
        " where the shop owes. For every order, `gross_sales` − `discounts` − `returns` + `shipping` + `duties` +"
        " `additional_fees` + `taxes` + `tips` + `gift_cards_sold` = `paid_total` − `refunded_total` +"
        " `outstanding_total`, to the minor unit; with `cash_rounding` added to both sides it is the money in the"
        " till. A cancelled order that nobody owes anything for has returned all of it. NULL is what the platform does"
        " not tell, or what was not read; each column needs only what it is made from. Where the refunds of an order,"
        " or their lines, were not read, `returns` is the money that was paid back. Tiendanube tells no taxes, tips,"
        " duties, gift cards or rounding: there `taxes` and the like are NULL, `gross_sales` and `discounts` are its"
        " `subtotal` and `discount`, a total that has more in it than these and shipping has `additional_fees`, and"
        " only an order that is cancelled or paid back whole has `returns`."
    ),
    "order_lines": (
        "What was ordered. `price` is a unit's before discounts; `discount_total` is NULL where the platform does"
        " not allocate; `total` = quantity × price − discount_total. `current_quantity`: after edits and returns."
        " `is_tip`: Shopify has tips as lines without a product. `net_sales` is the line's part of the order's net"
        " sales, after discounts and returns, without taxes; NULL for gift cards and tips. On Tiendanube it is the"
        " line's share by its total, since the platform spreads no discounts."
    ),
    "order_discounts": (
        "Discounts of an order; `id` is `order_id:n`. `kind`: `code automatic manual promotion gateway`."
        " `value_type`: `percentage amount`."
    ),
    "order_shipping_lines": "Shipping as charged.",
    "order_payments": (
        "Payments; on Tiendanube one for each order, with its id. `kind`: `sale authorization capture void refund`"
        " and what else the platform says."
    ),
    "order_refunds": (
        "Refunds. Always empty for Tiendanube, which keeps no records of them. `amount` is the money paid back,"
        " which may be nothing: goods can come back without it. `processed_on` is the day in the shop's time zone;"
        " `returns` and the two after it are what came back with this refund, as in `orders`."
    ),
    "order_refund_lines": "What was refunded. Always empty for Tiendanube.",
    "order_fulfillments": (
        "Shipments (Tiendanube: fulfilment orders). `price` was paid by the customer, `cost` by the shop."
    ),
    "order_fulfillment_lines": "What they hold.",
    "checkouts": (
        "Abandoned checkouts. `recovery_url` is where the customer can go on. Tiendanube lists a checkout for 30"
        " days: one that left its list gets `expired_at` and stays; that is no deletion. One that became an order"
        " keeps its id there: look for it in `orders`. `created_on` is the day of `created_at` in the shop's time"
        " zone."
    ),
    "checkout_lines": "What is in them.",
    "draft_orders": "Orders that somebody prepared in the shop's admin.",
    "draft_order_lines": "What is in them.",
    "coupons": (
        "Discounts that customers enter a code for, or that apply by themselves (`code` NULL). `kind`: `percentage"
        " amount free_shipping buy_x_get_y`. `value`: percent, or an amount in `currency`. `status`: `active"
        " scheduled expired disabled`. `applies_to`: `all products categories`. On Tiendanube `created_at` and"
        " `updated_at` are NULL: the platform does not show them."
    ),
    "locations": "Where stock lies.",
    "inventory_levels": (
        "How much of each variant lies where; `id` is `inventory_item_id:location_id`. `available` NULL: without"
        " limit. Tiendanube tells `available` alone."
    ),
    "order_visits": (
        "Where orders of Shopify came from, read on request; `id` is that of the order. `channel` is the one to which"
        " the sale is attributed, `app_id` and `app_name` the app that placed the order, `location_id` where it"
        " was sold in person. `first_` and `last_` are the customer's first and last visit of the online store before"
        " the order, of `moments_count` in all; `…_source_type` is a tactic such as `ad seo newsletter`, `…_utm_*` are"
        " what the address of the visit says of the campaign. All of them are NULL until `is_ready`."
        " `days_to_conversion` lie between the first visit and the order; `customer_order_index` counts the customer's"
        " orders from 0. `risk_level`: the gravest of `none pending low medium high` that an app found;"
        " `risk_recommendation`: `accept investigate cancel none`."
    ),
    "pages": (
        "Pages of the online store, such as the one about shipping. `body` is plain text. `url_path` is the path that"
        " every theme has for it (Shopify), `published_at` when it became or will become visible. Shopify tells no"
        " `seo_*`."
    ),
    "blogs": "Blogs of the online store (Shopify). `comment_policy`: `moderated closed auto_published`.",
    "articles": (
        "Articles of blogs (Shopify). `summary` and `body` are plain text. `author` is the name that the shop shows;"
        " `url_path` and `published_at` are as in `pages`."
    ),
    "gift_cards": (
        "Gift cards, sold or given away (Shopify). Of a code only its `last_characters` are shown. `balance` is what is"
        " left of `initial_value`. `customer_id` is who has it, `order_id` the order it was sold with. One that has"
        " expired (`expires_on`) stays `is_enabled`; one that was deactivated is not, for ever."
    ),
    "tender_transactions": (
        "Money that customers paid or, negative, got back, however it was paid (Shopify). `payment_method`:"
        " `credit_card cash paypal` and what else the platform says; `remote_reference` is the payment provider's."
        " They never change: `created_at` and `updated_at` are `processed_at`."
    ),
    "payouts": (
        "Payouts of Shopify Payments to the shop's bank. `status`: `scheduled paid failed canceled`."
        " `direction`: `deposit`, or `withdrawal` where the shop owes. `net` is what was paid out: the sum of"
        " each `*_gross` less its `*_fee`. The bank account is not read. The platform tells no update time:"
        " `created_at` and `updated_at` are `issued_at`."
    ),
    "balance_transactions": (
        "What moved the balance of Shopify Payments, and the payout that took it along. `type`: `charge"
        " refund adjustment` and what else the platform says; `net` = `amount` − `fee`. `payout_id` is NULL"
        " until there is one, `payout_status` then `pending`. `order_payment_id` leads to `order_payments`."
        " The platform tells no update time: `created_at` and `updated_at` are `processed_at`."
    ),
    "disputes": (
        "Payments of Shopify Payments that a buyer disputes. `type`: `chargeback inquiry`. `status`:"
        " `needs_response under_review won lost accepted prevented`. The evidence is not read. The platform"
        " tells no update time: `created_at` and `updated_at` are `initiated_at`."
    ),
    "fulfillment_orders": (
        "What is to be sent for an order from one location, on request (Shopify). `status`: `open in_progress on_hold"
        " scheduled incomplete closed cancelled`; `holds` has the reasons of what is on hold. `request_status` is how"
        " far a fulfillment service has accepted it. `location_id` is the location it is assigned to, `location_name`"
        " what that was called then. `delivery_method`: `shipping pick_up local pickup_point retail none`;"
        " `deliver_from` and `deliver_by` are promised to the customer, `fulfill_at` and `fulfill_by` asked of the"
        " shop. `remaining_quantity` of `item_quantity` pieces are still to be sent. Who gets it is in `orders`."
    ),
    "fulfillment_order_lines": "What they hold, of which line of the order.",
    "companies": (
        "Companies that buy from the shop, on request (Shopify). `main_contact_id` acts for it, who is the customer"
        " `customer_id`. `total_spent` and `orders_count` are over all its locations."
    ),
    "company_locations": (
        "The locations of companies, each with addresses, taxes and payment terms of its own, on request (Shopify)."
        " `presentment_currency` is the one it buys in, `currency` that of `total_spent`. `due_in_days` is NULL where"
        " `payment_terms` are no number of days. With `checkout_to_draft` its orders come as drafts; with"
        " `editable_shipping_address` it may have them sent elsewhere. `customer_id` is the company's main contact."
    ),
    "markets": (
        "Where the shop sells and on what terms, on request (Shopify). `status`: `active draft`. `type` and"
        " `condition_types`: `region company_location location channel` (`type` also `none`). `countries` are those of"
        " a region, all that there are where `applies_to` is `all`, else the `specified` ones. `taxes_in_prices` and"
        " `duties_in_prices` say whether prices have them in them. Shopify tells no times: `created_at` and"
        " `updated_at` are NULL."
    ),
    "price_lists": (
        "What the goods of a catalog cost there, on request (Shopify). A price is the shop's own, by `adjustment_value`"
        " percent less or more (`adjustment_type`: `percentage_decrease percentage_increase`), but for"
        " `fixed_prices_count` variants that have one of their own. `compare_at_mode`: the struck-out price is"
        " `adjusted` as well or there is none (`nullify`). `catalog_kind`: `market company_location app`. Shopify tells"
        " no times: `created_at` and `updated_at` are NULL."
    ),
    "price_list_prices": (
        "The prices that variants have of their own in a price list, on request (Shopify); `id` is"
        " `price_list_id:variant_id`. All others follow from the list's adjustment."
    ),
    "metafields": (
        "What apps and staff keep with the records of a Shopify shop beyond its own fields; one row a metafield, read"
        " on request. `owner_kind`: `product variant collection order customer draft_order location shop`; `owner_id`"
        " is its id. `customer_id` is the customer, or the buyer of the order or draft order, whose `email` stands"
        " beside it."
        " `namespace` and `key` name it, once for each owner. `type` is Shopify's; `value` is the text as sent."
        " `value_number`, `value_boolean` and `value_date` (a date or an instant) are the same by its type, NULL for"
        " any other; money, ratings and measures have their amount in `value_number`. `value_json` is what is JSON:"
        " lists, money, ratings, measures, links, rich text, `json`. `reference_ids` is a JSON array of what it"
        " refers to, `kind:id` each, with kinds as in `owner_kind` and others such as `metaobject` or `media_image`."
    ),
    "metafield_definitions": (
        "What the staff of a Shopify shop, or an app, said that metafields are to be like; one row a definition, read"
        " on request. It is for the metafields with its `owner_kind`, `namespace` and `key`; there may be metafields"
        " without a definition. `name` is what people see. `validations` is a JSON array of `name`, `type` and `value`"
        " each. `created_at` and `updated_at` are NULL: the platform does not show them."
    ),
    "sales_daily": (
        "What each shop sold on each of its days. By the orders placed on that day (`placed_on`) that are not"
        " cancelled, paid or not; those that are, are only counted, in `cancelled_orders`. The terms are those of"
        " Shopify's sales reports. `gross_sales`, `discounts`, `returns`, `shipping`, `duties`, `additional_fees`,"
        " `tips`, `gift_cards_sold`, `cash_rounding` = sums of the columns of `orders` called so; `taxes` too, NULL"
        " where the platform tells none (Tiendanube). `items` = sum of `item_quantity`. `net_sales` = `gross_sales` −"
        " `discounts` − `returns`. `total_sales` = `net_sales` + `shipping` + `duties` + `additional_fees` + `taxes`."
        " Tips and gift cards sold are apart. `refunds` = sum of `refunded_total`, the money paid back; `taxes_added`"
        " = sum of `tax_total` where it came on top of the prices, before anything came back. What comes back counts"
        " on the day of *its order*, so that each row compares what was sold with what became of it, and a day may"
        " still change later; by its own day it is in `returns_daily`. `refunded_orders` are those paid back wholly or"
        " in part; of `unknown_refunds` among them Tiendanube does not tell how much, and they count as nothing. So do"
        " `unknown_sales`, orders whose lines were not read."
    ),
    "returns_daily": (
        "What came back to each shop on each of its days. Over the same orders as `sales_daily`, those that are"
        " cancelled left out: the sums of the columns of `order_refunds` called so by `processed_on`, and from how"
        " many `orders`. What nothing dates stands on the day of its order: what an edit took out without a refund,"
        " and all of Tiendanube's. Over all days, `returns` come to as much as those of `sales_daily`."
    ),
    "best_sellers": (
        "What sold, by variant. Over the lines of orders that are not cancelled, tips and gift cards apart. As they"
        " were ordered, returned later or not: `orders` that have it, `quantity` = sum of `order_lines.quantity`,"
        " `revenue` = sum of `order_lines.total` (price × quantity, less the discounts that the platform spreads over"
        " lines; Tiendanube spreads none). Of those pieces `returned` came back or were taken out; `net_sales` = sum"
        " of `order_lines.net_sales`, what is left of it without taxes. `sales_daily` has besides what is of no line:"
        " goodwill and fees for returns, discounts that no line has, and duties in prices, which stay in `net_sales`"
        " here. Names are today's. Lines that lead to no variant any more are told apart by the name and SKU they had."
    ),
    "stock_outs": (
        "What cannot be bought for want of stock, and how it sold. Variants with an `inventory_quantity` of 0 or"
        " less that do not sell on without stock, of products that are neither draft nor archived. `sold_30_days` ="
        " sum of `order_lines.quantity` in orders of the last 30 days that are not cancelled."
    ),
    "repeat_customers": (
        "Who bought more than once. Customers with two orders or more that are not cancelled; `revenue` = their"
        " total sales as in `sales_daily`, after edits and returns; tips and gift cards are apart there too. A guest"
        " is whoever gave the same e-mail address, in whatever case. The view does not show it: the guest is called"
        " `guest:` and the id of one of those orders."
    ),
    "abandoned_value": (
        "What was left behind in baskets, and what of it was won back. By the day each checkout was begun"
        " (`created_on`): `checkouts` that were abandoned, `value` = sum of their `total`; `recovered` of them were"
        " completed later (Shopify: `completed_at`; Tiendanube: there is an order with their id), with"
        " `recovered_value` in them. Tiendanube shows checkouts of the last 30 days only: those before the shop was"
        " connected are not there."
    ),
    "refund_rate": (
        "How many orders of each month were paid back. The sums of `sales_daily` by month (`YYYY-MM`): `rate` ="
        " `refunded_orders` / `orders`, `refunded_total` = sum of `refunds`."
    ),
    "freshness": (
        "How complete and how recent each resource is. `rows` are live, `deleted` are tombstones. `verdict` and"
        " `reason` are those of `storesync status`, as of the end of the last work on the store, or of what time"
        " alone has made of them since: data grow `stale` here too when cron stops. `age_seconds` is how long ago"
        " `complete_until` was."
    ),
    "currencies": "How many decimals the amounts of a currency have (ISO 4217); what the views round by.",
    "stores": (
        "The connected shops. `name` is the shop's own, `alias` yours. `sync_status`: `pending`, `in_progress`,"
        " `completed`, `failed`. `connection`: `connected`, `needs_reauth`, `suspended`, `paused` (by `storesync"
        " set`), `disconnected` (by `storesync disconnect`; while its `connection_reason` is `purging`, its data are"
        " being erased; where it is `duplicate`, another store is the same shop). `last_sync_at` is the end of the"
        " last successful run. `last_reconciled_at`: when ids were last compared. `main_currency` is that of today,"
        " rows may have another. `time_zone` is the one by which days are counted, `time_zone_by` who said so"
        " (`shop`, `operator`), `shop_time_zone` the shop's own."
    ),
    "store_keys": "What stores were called before their shops got other names.",
    "runs": (
        "Attempts to sync a store. `trigger`: `cron sync connect reconcile`. `kind`: `full incremental lookback"
        " reconcile`. `status`: `running succeeded failed interrupted`."
    ),
    "run_resources": (
        "What a run can show for each resource. `status`: `complete denied failed`. `end_signal` is how the"
        " platform said that the listing was over."
    ),
    "events": (
        "Changes of a store's state. `kind`: `connected first_synced failed recovered needs_reauth suspended"
        " disconnected forgotten moved renamed time_zone currency duplicate`."
    ),
    "quarantine": "Records that could not be read, with what the platform sent.",
    "payloads": (
        "Each record as the platform sent it. The shop itself is there as the resource `store`, asked anew once a"
        " day. `part` is `record`; Shopify's orders have `refunds` and `fulfillments` besides. `body` is JSON text:"
        " the same numbers as sent, not the same bytes."
    ),
}
"""By name, the tables first."""
