/*
 * xml.h - the words of the XML form of a model. Included by xml_write.c and xml_in.h only.
 *
 *   <?xml version="1.0" encoding="UTF-8"?>
 *   <model dbtwin="1" engine="postgresql" version="150020" server_version="15.20" database="shop">
 *     <database encoding="UTF8">
 *       <schema name="public" owner="shop">
 *         <table name="users" persistence="permanent" unknown="bytes" id="3">
 *           <column name="email" type="text" not_null="no">
 *             <default>lower('A')</default>
 *           </column>
 *         </table>
 *       </schema>
 *     </database>
 *     <gap kind="subscription" why="…"/>
 *     <depend from="7" to="3"/>
 *   </model>
 *
 * An element with a name attribute is an object, its element name the kind; one without is a
 * property of the object around it: the long and the readable ones stand so (BODY, EXPR and what
 * has line breaks), all others as attributes. A property that is in neither is NULL, unless the
 * attribute "unknown" lists it. The attribute "escaped" lists those (and "name") whose value was
 * not fit for XML 1.0 or not UTF-8: there \xNN is a byte and \\ a backslash. "id" is there only to
 * be named by <depend>. White space in a property's element is part of its value.
 */
#ifndef DBTWIN_MODEL_XML_H
#define DBTWIN_MODEL_XML_H

#define XML_FORMAT  "1"
#define XML_MODEL   "model"
#define XML_GAP     "gap"
#define XML_DEPEND  "depend"
#define XML_DBTWIN  "dbtwin"
#define XML_NAME    "name"
#define XML_ID      "id"
#define XML_UNKNOWN "unknown"
#define XML_ESCAPED "escaped"

#endif
