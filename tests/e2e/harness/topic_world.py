"""What a case owns that has topics only: no database and no connector."""
from harness.console import wait_until
from harness.world import World


MODES = ("exclusive", "failover", "shared", "key_shared")


class TopicWorld(World):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        # Also those that an earlier run of this name has left.
        self.groups = {self.group, *(f"{self.name}.{mode}" for mode in MODES)}
        self.members = []  # what is no service: each has kill()

    def own_group(self, name):
        self.groups.add(name)
        return name

    def stop_services(self):
        super().stop_services()
        for member in self.members:
            member.kill()

    def _owns(self, name):
        return name == self.prefix or name.startswith(self.prefix + ".") or name == self.dead_letters

    def remove(self):
        self.stop_services()
        self.kafka.delete_topics(topic for topic in self.kafka.topics() if self._owns(topic))
        for group in self.groups:
            wait_until(f"group {group} to be deleted", lambda group=group: self.kafka.delete_group(group), 60)
        self.search.delete_indices(f"{self.prefix.lower()}*")
        self.search.forget_control(self.prefix.lower())
