-- Copies of every open task of a PostgreSQL store, as many of each as the setting test.copies says: rows as
-- the store wrote them, with ids of their own, submitted 10 ms after each other. All are due a day later and more.
UPDATE taskmesh.tasks SET due_ms = due_ms + 86400000;
UPDATE taskmesh.steps SET due_ms = due_ms + 86400000;
CREATE TEMPORARY TABLE copies AS
    SELECT t.task_id AS model, (number - total) * 10 AS moved_ms,
        number * 7919 % 86400000 AS later_ms,
        (lpad(to_hex(t.created_ms + (number - total) * 10), 12, '0') || '7' || left(random, 3) || '8' ||
            substr(random, 4, 11) || '0000')::uuid AS task_id
    FROM taskmesh.tasks t, CAST(current_setting('test.copies') AS int8) AS total,
        generate_series(1, total) AS number, md5(t.task_id::text || number) AS random
    WHERE t.state < 9 ORDER BY number, t.task_id;

-- What is another value in a copy `c` of a row `r`, by the name of its column, in whichever table.
CREATE TEMPORARY TABLE changes (name text, value text);
INSERT INTO changes VALUES
    ('task_id', 'c.task_id'),
    ('identity', 'sha256(uuid_send(c.task_id))'),
    ('due_ms', 'r.due_ms + c.later_ms');
INSERT INTO changes SELECT name, format('(left(c.task_id::text, 32) || right(r.%I::text, 4))::uuid', name)
    FROM unnest(ARRAY['step_id', 'parent', 'child']) AS name;
INSERT INTO changes SELECT name, format('CASE WHEN r.%1$I > 0 THEN r.%1$I + c.moved_ms ELSE 0 END', name)
    FROM unnest(ARRAY['created_ms', 'updated_ms', 'enqueued_ms', 'order_key', 'sent_ms', 'completed_ms',
        'received_ms', 'at_ms']) AS name;

DO $$
DECLARE
    table_name text;
    task text; -- whose row it is
    columns text;
BEGIN
    FOR table_name, task IN VALUES
        ('tasks', 'task_id'), ('task_requests', 'task_id'), ('identities', 'task_id'),
        ('steps', 'taskmesh.task_of(step_id)'), ('step_inputs', 'taskmesh.task_of(step_id)'),
        ('edges', 'taskmesh.task_of(parent)'), ('results', 'taskmesh.task_of(step_id)'),
        ('transitions', 'task_id')
    LOOP
        SELECT string_agg(coalesce(value, format('r.%I', attname)), ', ' ORDER BY attnum) INTO columns
            FROM pg_attribute LEFT JOIN changes ON name = attname
            WHERE attrelid = ('taskmesh.' || table_name)::regclass AND attnum > 0 AND NOT attisdropped;
        EXECUTE format('INSERT INTO taskmesh.%1$I SELECT %2$s FROM copies c '
            'JOIN (SELECT *, %3$s AS model FROM taskmesh.%1$I) r ON r.model = c.model',
            table_name, columns, task);
    END LOOP;
END $$;
DROP TABLE copies, changes;
