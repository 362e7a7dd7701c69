package org.elasticsearch.entitlement.agent;

import java.lang.instrument.Instrumentation;

/**
 * Takes the place of the server's agent jar, which is not published as a package: it hands the
 * Instrumentation to the initializer that the server itself names.
 */
public class EntitlementAgent {
  public static void agentmain(String initializer, Instrumentation instrumentation)
      throws Exception {
    Class.forName(initializer)
        .getMethod("initialize", Instrumentation.class)
        .invoke(null, instrumentation);
  }
}
