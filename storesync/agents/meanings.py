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
        "One row an order. `name` is what people see, such as `#1001`. `status`: `open closed cancelled`."
        " `payment_status`: `pending authorized partially_paid paid partially_refunded refunded voided` and what"
        " else the platform says. `fulfillment_status`: `unfulfilled partially_fulfilled fulfilled delivered` and"
        " likewise. `subtotal` is the lines before any discount, on both platforms. `total` is as placed,"
        " `current_total` after edits and returns (Tiendanube: the same). `tax_total` is NULL on Tiendanube."
        " `presentment_*` is what the customer saw. `tax_id` is the identification number given with the order, on"
        " Shopify where the country has a field for it (not in Argentina). `placed_at` is Shopify's `processedAt`,"
        " Tiendanube's `completed_at`, else `created_at`; `placed_on` is its day in the shop's time zone (Tiendanube:"
        " that of the country's capital)."
    ),
    "order_lines": (
        "What was ordered. `price` is a unit's before discounts; `discount_total` is NULL where the platform does"
        " not allocate; `total` = quantity × price − discount_total. `current_quantity`: after edits and returns."
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
    "order_refunds": "Refunds. Always empty for Tiendanube, which keeps no records of them.",
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
    "sales_daily": (
        "What each shop sold on each of its days. By the orders placed on that day (`placed_on`) that are not"
        " cancelled, paid or not; those that are, are only counted, in `cancelled_orders`. `gross_sales` = sum of"
        " `subtotal`, the lines at their price × quantity before any discount. `items` = sum of `item_quantity`."
        " `discounts` = sum of `discount_total`; `refunds` = sum of `refunded_total`; `shipping` = sum of"
        " `shipping_total`; `taxes` = sum of `tax_total`, in prices or not, NULL where the platform tells none"
        " (Tiendanube); `taxes_added` = those of them that came on top of the prices. `net_sales` = `gross_sales` −"
        " `discounts` − `refunds`. `total_sales` = `net_sales` + `shipping` + `taxes_added`. A refund counts on the"
        " day of *its order*, as all that was paid back, with its share of shipping and taxes: so each row compares"
        " what was sold with what became of it, Tiendanube, which dates no refund, counts like Shopify, and a day"
        " may still change later. By their own date (in UTC) Shopify's refunds are in `order_refunds`."
        " `refunded_orders` are those paid back wholly or in part; of `unknown_refunds` among them Tiendanube does"
        " not tell how much, and they count as nothing. Tips, duties and rounding of cash are no sales. What an edit"
        " of the order added counts; what an edit took out counts until it is paid back (`orders.current_total` has"
        " what an order comes to now)."
    ),
    "best_sellers": (
        "What sold, by variant. Over the lines of orders that are not cancelled, as they were ordered, returned"
        " later or not: `orders` that have it, `quantity` = sum of `order_lines.quantity`, `revenue` = sum of"
        " `order_lines.total` (price × quantity, less the discounts that the platform spreads over lines; Tiendanube"
        " spreads none). Names are today's. Lines that lead to no variant any more are told apart by the name and"
        " SKU they had."
    ),
    "stock_outs": (
        "What cannot be bought for want of stock, and how it sold. Variants with an `inventory_quantity` of 0 or"
        " less that do not sell on without stock, of products that are neither draft nor archived. `sold_30_days` ="
        " sum of `order_lines.quantity` in orders of the last 30 days that are not cancelled."
    ),
    "repeat_customers": (
        "Who bought more than once. Customers with two orders or more that are not cancelled; `revenue` = sum of"
        " `total` − `refunded_total`. A guest is whoever gave the same e-mail address, in whatever case. The view"
        " does not show it: the guest is called `guest:` and the id of one of those orders."
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
