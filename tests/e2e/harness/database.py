"""PostgreSQL through psql."""
import json
import os
import subprocess

from harness.console import Failure, wait_until

# What a value looks like as text must not depend on the machine.
SESSION = "-c TimeZone=UTC -c DateStyle=ISO -c bytea_output=hex -c client_min_messages=warning"
ADMIN_DATABASE = "postgres"


class Database:
    """One database of the stack's PostgreSQL. It may not exist yet."""

    def __init__(self, stack, name):
        self.host, self.port, self.user = stack.postgres_host, stack.postgres_port, stack.postgres_user
        self.name = name

    @property
    def url(self):
        return f"postgresql://{self.user}@{self.host}:{self.port}/{self.name}"

    def start(self, sql, database=None):
        """Starts a psql that runs `sql`; its standard output is a pipe."""
        environment = dict(os.environ, PGOPTIONS=SESSION, PGCLIENTENCODING="UTF8")
        process = subprocess.Popen(
            ["psql", "-X", "-qAt", "-v", "ON_ERROR_STOP=1", "-h", self.host, "-p", str(self.port),
             "-U", self.user, "-d", database or self.name, "-f", "-"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment)
        process.stdin.write(sql)
        process.stdin.close()
        process.stdin = None
        return process

    def run(self, sql, database=None, seconds=60):
        """Runs statements and returns what they print."""
        process = self.start(sql, database)
        try:
            output, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Failure(f"psql did not end within {seconds} s: {sql[:200]}") from None
        if process.returncode != 0:
            raise Failure(f"psql: {errors.strip()}\n  in: {sql[:400]}")
        return output.strip()

    def columns(self, table):
        """[(name, type)] in the table's order."""
        lines = self.run("select attname || ' ' || format_type(atttypid, null) from pg_attribute "
                         f"where attrelid = '{table}'::regclass and attnum > 0 and not attisdropped "
                         "order by attnum")
        return [tuple(line.split(" ", 1)) for line in lines.splitlines()]

    def key_columns(self, table):
        return self.run(
            "select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid "
            f"and a.attnum = any(i.indkey) where i.indrelid = '{table}'::regclass and i.indisprimary "
            "order by array_position(i.indkey, a.attnum)").splitlines()

    def rows(self, table):
        """Every row as {column: text or None}, each value as PostgreSQL prints it."""
        names = [name for name, _ in self.columns(table)]
        texts = ", ".join(f'"{name}"::text' for name in names)
        copied = self.run(f"copy (select json_build_array({texts}) from {table}) to stdout;",
                          seconds=120)
        # COPY doubles each backslash; JSON text holds no other character that COPY escapes.
        return [dict(zip(names, json.loads(line.replace("\\\\", "\\"))))
                for line in copied.splitlines()]

    def create(self):
        self.run(f'create database "{self.name}"', ADMIN_DATABASE)

    def drop(self):
        self.run(f'drop database if exists "{self.name}" with (force)', ADMIN_DATABASE)

    def drop_slot(self, slot):
        """A slot that is still read from ends its reader's connection first."""
        def gone():
            state = self.run(f"select active from pg_replication_slots where slot_name = '{slot}'",
                             ADMIN_DATABASE)
            if state == "":
                return True
            if state == "f":
                self.run(f"select pg_drop_replication_slot('{slot}')", ADMIN_DATABASE)
            else:
                self.run("select pg_terminate_backend(active_pid) from pg_replication_slots "
                         f"where slot_name = '{slot}' and active_pid is not null", ADMIN_DATABASE)
            return False
        wait_until(f"replication slot {slot} to be dropped", gone, 30)

    def slots(self):
        return self.run("select slot_name from pg_replication_slots", ADMIN_DATABASE).splitlines()

    def databases(self):
        return self.run("select datname from pg_database", ADMIN_DATABASE).splitlines()
